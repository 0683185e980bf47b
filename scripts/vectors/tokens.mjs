import { b64u, hex } from "./notation.mjs";
import { lineText, NEVER, seal } from "./token.mjs";
import { PRODUCTION, WEB } from "./world.mjs";

export function tokens() {
  const key = PRODUCTION[2];
  const own = key.commitment.subarray(0, 6);
  const older = PRODUCTION[0].commitment.subarray(0, 6);
  const line = (about, place, raw, { since = own, end = 0 } = {}) => ({
    about,
    place,
    plaintext: lineText(since, end, raw),
    since,
    end,
    raw,
  });
  const flags = (about, previous, byte) => ({ about, place: { kind: "end", previous }, plaintext: Buffer.from([byte]), flags: byte });
  const secret = (name, previous = "") => ({ kind: "secret", name, previous });
  const cases = [
    line("an empty value, the first assignment", secret("EMPTY"), "EMPTY="),
    line("a short value", secret("API_KEY", "EMPTY"), "API_KEY=hunter2"),
    line("the same value behind another assignment", secret("API_KEY", "OTHER"), "API_KEY=hunter2"),
    line("the same value, first sealed under key version 1", secret("API_KEY", "EMPTY"), "API_KEY=hunter2", { since: older }),
    line("export, spaces, quotes and an inline comment", secret("DB_URL", "API_KEY"), "  export DB_URL = 'postgres://x' # primary"),
    line("several lines", secret("PEM", "A"), 'PEM="-----BEGIN-----\nabc\n-----END-----"'),
    line("letters beyond ASCII", secret("GREETING", "A"), "GREETING='grüße 🔑 \u2028 שלום'"),
    line("the longest plaintext that fits 64 bytes", secret("X", "A"), `X=${"x".repeat(64 - 11 - 2)}`),
    line("one byte more", secret("X", "A"), `X=${"x".repeat(64 - 11 - 1)}`),
    line("a long value", secret("LONG", "A"), `LONG=${"0123456789".repeat(500)}`),
    line("names of 200 characters", secret("N".repeat(200), "P".repeat(200)), `${"N".repeat(200)}=1`),
    ...[0, 1, 2, 3, 4].map((end) => line(`line end ${end}`, secret("END", "A"), end === 4 ? "END=1\u2028" : "END=1", { end })),
    line("a public value", { kind: "public", name: "PORT", previous: "API_KEY" }, "PORT=3000"),
    line("the same assignment as a secret", secret("PORT", "API_KEY"), "PORT=3000"),
    line("a comment", { kind: "comment" }, "# old: API_KEY=abc", { since: NEVER }),
    line("a comment with a line end of its own", { kind: "comment" }, "# dos", { since: NEVER, end: 2 }),
    line("a line of white space", { kind: "comment" }, "  \t", { since: NEVER }),
    ...[2, 3, 4, 6, 10, 15].map((byte) => flags(`an end line, flags ${byte}`, "LAST", byte)),
    flags("the end line of a file without assignments", "", 2),
  ];
  return {
    about: "Section 4: tokens of one vault under one key. aad, plaintext and padded in hex; since is a key id, null in an end token.",
    environment: key.environment,
    version: key.version,
    vaultId: b64u(WEB),
    dataKey: hex(key.dataKey),
    tokens: cases.map(({ about, place, plaintext, since, end, raw, flags }) => {
      const { aad, padded, nonce, token } = seal(key, WEB, place, plaintext);
      const content = flags === undefined ? { since: hex(since), end, raw } : { flags };
      const { kind, name = "", previous = "" } = place;
      const written = { aad: hex(aad), plaintext: hex(plaintext), padded: hex(padded), nonce: hex(nonce), token };
      return { about, kind, name, previous, ...content, ...written };
    }),
  };
}
