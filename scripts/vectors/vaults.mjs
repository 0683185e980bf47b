import { b64u, hex, utf8 } from "./notation.mjs";
import { PLAIN, SHOWN, sealFile } from "./seal-file.mjs";
import { PRODUCTION, WEB } from "./world.mjs";

export function vaults() {
  const entry = (about, plaintext, shown = []) => ({ about, shown, plaintext, vault: sealFile(plaintext, { shown }) });
  const old = sealFile(PLAIN, { key: PRODUCTION[1], shown: SHOWN });
  const grown = PLAIN.replace("hunter2", "hunter3");
  const rows = [
    entry("LF", PLAIN, SHOWN),
    entry("CRLF", PLAIN.replaceAll("\n", "\r\n"), SHOWN),
    entry("CR", "A=1\rB=2\r"),
    entry("mixed line ends", "A=1\nB=2\r\n\n# c\r\nC=3\n"),
    entry("a byte order mark", `\uFEFF${PLAIN}`, SHOWN),
    entry("no final newline", PLAIN.slice(0, -1), SHOWN),
    entry("an empty file", ""),
    entry("comments and blank lines alone", "# one\n\n\n  # two\n\t\n"),
    entry("public values in the three quotes, and two that no quote fits", 'A=a b\nB="it\'s"\nC=`it\'s "c"`\nD="x\\ny"\nE=it\'s "`e`"\n', [
      "A",
      "B",
      "C",
      "D",
      "E",
    ]),
    entry("a public value that holds what looks like a token", "A=' # enc:v1.AAAAAAAA:AAAA'\n", ["A"]),
    entry("several lines in one value", 'KEY="-----BEGIN\nabc\n\n-----END"\nB=1\n'),
    entry("names given more than once", "A=1\nB=2\nA=3\nA=4\n"),
    entry("lines that are no assignment", "just words\nA=1\nexport\n"),
    entry("a line that U+2028 ends", "# c\u2028A=1\nB='x\u2029y'\n"),
    entry("letters beyond ASCII", "NAME='Zoë 🔑'\n# schöne Grüße\n", ["NAME"]),
    {
      about: "older tokens kept beside a new one",
      shown: SHOWN,
      plaintext: grown,
      previous: old,
      vault: sealFile(grown, { shown: SHOWN, previous: old }),
    },
  ];
  const base = sealFile(PLAIN, { shown: SHOWN });
  const lenient = [
    ["CRLF line ends", base.replaceAll("\n", "\r\n")],
    ["no blank lines", base.replaceAll("\n\n", "\n")],
    ["more blank lines", `\n\n${base.replaceAll("\n", "\n\n")}\n`],
  ];
  return {
    about: "Section 3: plaintext (base64) and vault text, both ways. lenient: texts that no writer writes and every reader reads.",
    environment: "production",
    vaultId: b64u(WEB),
    dataKeys: PRODUCTION.map(({ version, keyId, dataKey }) => ({ version, keyId, dataKey: hex(dataKey) })),
    vaults: rows.map(({ plaintext, ...row }) => ({ ...row, plaintext: utf8(plaintext).toString("base64") })),
    lenient: lenient.map(([about, vault]) => ({ about, vault, plaintext: utf8(PLAIN).toString("base64") })),
  };
}
