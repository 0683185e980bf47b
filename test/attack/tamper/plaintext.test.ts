import { refused } from "./rows.ts";
import { tokenOf } from "./scene.ts";
import { useWorld } from "./world.ts";

useWorld();

refused("plaintext and public values", [
  { name: "T7: a plaintext override", edit: (s) => s.replace("API_KEY=", "API_KEY=attackers-own-value"), code: "MALFORMED_VAULT" },
  { name: "a quoted plaintext override", edit: (s) => s.replace("API_KEY=", "API_KEY='attackers-own-value'"), code: "MALFORMED_VAULT" },
  { name: "an emptied value", edit: (s) => s.replace("API_KEY=", "API_KEY="), code: "MALFORMED_VAULT" },
  {
    name: "T8: a plaintext duplicate behind",
    edit: (s) => s.lines((rows) => [...rows.slice(0, -1), "API_KEY=attackers-own-value", rows.at(-1) as string]),
    code: "MALFORMED_VAULT",
  },
  { name: "SOPS: an empty duplicate at the end of the file", edit: (s) => s.edit((text) => `${text}API_KEY=\n`), code: "MALFORMED_VAULT" },
  { name: "SOPS: a new empty name", edit: (s) => s.edit((text) => text.replace("#end", "AUTH_REQUIRED=\n#end")), code: "MALFORMED_VAULT" },
  {
    name: "SOPS: an empty name is deleted",
    edit: (s) => s.lines((rows) => rows.filter((row) => !row.startsWith("FLAG="))),
    code: "TAMPERED",
  },
  {
    name: "SOPS: a public name is renamed",
    edit: (s) => s.replace("PORT=", (row) => row.replace("PORT=", "LD_PRELOAD=")),
    code: "TAMPERED",
  },
  {
    name: "SOPS: LD_PRELOAD in clear",
    edit: (s) => s.edit((text) => text.replace("#end", "LD_PRELOAD='/tmp/x.so'\n#end")),
    code: "MALFORMED_VAULT",
  },
  {
    name: "SOPS: bytes move between neighbouring public values",
    edit: (s) => {
      s.replace("PORT=", (row) => row.replace("'3000'", "'3000h'"));
      s.replace("NEXT_PUBLIC_URL=", (row) => row.replace("'https", "'ttps"));
    },
    code: "TAMPERED",
  },
  {
    name: "SOPS: a plaintext comment",
    edit: (s) => s.edit((text) => text.replace("#end", "# harmless words\n#end")),
    code: "MALFORMED_VAULT",
  },
  {
    name: "an assignment behind the end line",
    edit: (s) => s.edit((text) => `${text}EXTRA=attackers-own-value\n`),
    code: "MALFORMED_VAULT",
  },
  {
    name: "T9: a command substitution",
    edit: (s) => s.edit((text) => text.replace("#end", 'PWN="$(touch pwned)"\n#end')),
    code: "MALFORMED_VAULT",
  },
  {
    name: "T6: NODE_OPTIONS in clear",
    edit: (s) => s.edit((text) => text.replace("#end", "NODE_OPTIONS=--require=./evil.cjs\n#end")),
    code: "MALFORMED_VAULT",
  },
  {
    name: "T6: NODE_OPTIONS with a real token",
    edit: (s) => s.edit((text) => text.replace("#end", `NODE_OPTIONS=${tokenOf(s.line("API_KEY="))}\n#end`)),
    code: "MOVED_VALUE",
  },
  {
    name: "a name of Object.prototype with a real token",
    edit: (s) => s.replace("FLAG=", (row) => row.replace("FLAG", "constructor")),
    code: "TAMPERED",
  },
  { name: "__proto__ as a name", edit: (s) => s.replace("FLAG=", (row) => row.replace("FLAG", "__proto__")), code: "MALFORMED_VAULT" },
  { name: "export before a name", edit: (s) => s.replace("FLAG=", (row) => `export ${row}`), code: "MALFORMED_VAULT" },
  {
    name: "a public value that shows something else",
    edit: (s) => s.replace("PORT=", (row) => row.replace("3000", "3001")),
    code: "TAMPERED",
  },
  { name: "a public value in other quotes", edit: (s) => s.replace("PORT=", (row) => row.replaceAll("'", '"')), code: "MALFORMED_VAULT" },
  {
    name: "a public value turned into the secret form",
    edit: (s) => s.replace("PORT=", (row) => `PORT=${tokenOf(row)}`),
    code: "MOVED_VALUE",
  },
  {
    name: "a secret turned into the public form",
    edit: (s) => s.replace("API_KEY=", (row) => `API_KEY='1' # ${tokenOf(row)}`),
    code: "MOVED_VALUE",
  },
  {
    name: "a secret shown with its right value",
    edit: (s) => s.replace("API_KEY=", (row) => `API_KEY='sk_live_0123456789' # ${tokenOf(row)}`),
    code: "MOVED_VALUE",
  },
]);
