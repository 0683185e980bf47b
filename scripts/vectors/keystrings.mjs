import { b64u, crc32, hex, join, u32 } from "./notation.mjs";
import { WHO } from "./people.mjs";
import { FIRST_PIN, PIN } from "./root.mjs";
import { PRODUCTION, rootOf, WEB } from "./world.mjs";

export function keystrings() {
  const [, , third] = PRODUCTION;
  const text = (environment, body, crc = crc32(join(environment, body))) => `esk_${environment}_${b64u(join(body, u32(crc)))}`;
  const identity = join([1], PIN, WHO.ci);
  const version = u32(third.version);
  const root = rootOf(third, WEB);
  const readOnly = join([3], third.pin, WEB, version, root);
  const good = text("production", identity);
  const spare = (encoded) => {
    const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    return encoded.slice(0, -1) + alphabet[alphabet.indexOf(encoded.at(-1)) + 1];
  };
  return {
    about: "Section 8: key strings; bytes in hex. Every malformed one is refused, for the reason that is given.",
    valid: [
      { type: 1, environment: "production", pin: hex(PIN), identity: hex(WHO.ci), text: good },
      { type: 1, environment: "all", pin: hex(PIN), identity: hex(WHO.ci), text: text("all", identity) },
      { type: 1, environment: "default", pin: hex(PIN), identity: hex(WHO.ci), text: text("default", identity) },
      {
        type: 1,
        environment: "eu-west-1",
        pin: hex(FIRST_PIN),
        identity: hex(WHO.ci),
        text: text("eu-west-1", join([1], FIRST_PIN, WHO.ci)),
      },
      {
        type: 3,
        environment: "production",
        pin: hex(third.pin),
        vaultId: hex(WEB),
        version: third.version,
        root: hex(root),
        text: text("production", readOnly),
      },
    ],
    malformed: [
      ["nothing", ""],
      ["another prefix", good.replace("esk_", "ESK_")],
      ["no environment", `esk_${good.slice(good.lastIndexOf("_", 20) + 1)}`],
      ["a reserved environment", text("local", identity)],
      ["an environment with a capital", text("Production", identity)],
      ["an environment of 33 characters", text("a".repeat(33), identity)],
      ["another environment than the checksum is for", good.replace("production", "staging")],
      ["a character changed", good.replace(/.$/, (last) => (last === "A" ? "B" : "A"))],
      ["the last character missing", good.slice(0, -1)],
      ["a read-only key for all environments", text("all", readOnly)],
      ["a space behind it", `${good} `],
      ["padding", `${good}==`],
      ["bits behind the last byte that are not zero", spare(text("production", readOnly))],
      ["a wrong checksum", text("production", identity, 0)],
      ["a checksum over the body alone", text("production", identity, crc32(identity))],
      ["type 2, which is reserved", text("production", join([2], PIN, WHO.ci))],
      ["type 0", text("production", join([0], PIN, WHO.ci))],
      ["type 1 with a byte too many", text("production", join(identity, [0]))],
      ["type 1 with a byte missing", text("production", identity.subarray(0, -1))],
      ["type 3 with a byte missing", text("production", readOnly.subarray(0, -1))],
      ["type 3 with version 0", text("production", join([3], third.pin, WEB, u32(0), root))],
      ["a checksum and nothing else", text("production", Buffer.alloc(0))],
    ].map(([about, malformed]) => ({ about, text: malformed })),
  };
}
