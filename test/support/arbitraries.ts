import fc from "fast-check";
import { isNightly } from "./sample.ts";

/** A mutation run, which does every test hundreds of times. */
export const MUTATION = process.env.ENVSEAL_MUTATION === "1";

/** Full counts belong to `npm run nightly`; a mutation run must tell the same each time. */
export const runs = (count: number, night = count * 20): { numRuns: number; seed?: number } =>
  MUTATION ? { numRuns: Math.min(count, 25), seed: 7 } : { numRuns: isNightly ? night : count };

const names = fc.constantFrom("A", "B", "FOO", "foo", "DB_URL", "a.b-c", "_x", "export", "X1");
const fragments = fc.constantFrom(
  "'",
  '"',
  "`",
  "\\",
  "\\'",
  '\\"',
  "\\n",
  "\\r",
  "\n",
  "\r\n",
  "\r",
  "\u2028",
  "\u2029",
  "\uFEFF",
  " ",
  "\t",
  "#",
  " #",
  "=",
  ":",
  ": ",
  "export ",
  "export\n",
  "FOO=",
  "BAR='x'",
  "é",
  "\u{1F511}",
  "a",
  "value",
  "$X",
  "enc:v1",
  "\n\n",
  "=\n",
  "__proto",
);

/** Text made to be awkward for a dotenv reader: quotes, escapes, odd line ends and half-finished assignments. */
export const dotenvText = fc.oneof(
  fc.array(fc.oneof(fragments, names), { maxLength: 40 }).map((parts) => parts.join("")),
  fc
    .array(
      fc.tuple(
        names,
        fc.constantFrom("=", " = ", ": ", "=\n"),
        fc.array(fragments, { maxLength: 6 }),
        fc.constantFrom("\n", "\r\n", "\r", "\u2028"),
      ),
      { maxLength: 8 },
    )
    .map((lines) => lines.map(([name, sep, value, end]) => `${name}${sep}${value.join("")}${end}`).join("")),
);

const safeValue = fc.oneof(
  fc.string({ maxLength: 40 }),
  fc.string({ unit: "grapheme", maxLength: 40 }),
  fc.array(fragments, { maxLength: 8 }).map((parts) => parts.join("")),
  fc.constantFrom("", " ", "\n", "a\nb", "x'y", 'x"y', "x`y", "back\\", "a#b", "#", "C:\\new\\table", "\\", "'", "'\"`"),
);

export const anyValue = safeValue.filter((value) => !value.includes("\0") && value.isWellFormed());

export const variableName = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,12}$/).filter((name) => name !== "__proto__" && name !== "export");
