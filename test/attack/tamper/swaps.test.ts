import { type Row, refused } from "./rows.ts";
import { at, swap, tokenOf, withToken } from "./scene.ts";
import { PRODUCTION_VAULT, useWorld, VAULT, WEB_VAULT, world } from "./world.ts";

useWorld();

refused("values and lines", [
  {
    name: "T1: two values change places",
    edit: (s) => {
      const [a, b] = [s.line("API_KEY="), s.line("DB_PASSWORD=")];
      s.replace("API_KEY=", withToken(a, tokenOf(b)));
      s.replace("DB_PASSWORD=", withToken(b, tokenOf(a)));
    },
    code: "MOVED_VALUE",
  },
  {
    name: "two lines change places",
    edit: (s) => s.lines((rows) => swap(rows, at(rows, "API_KEY="), at(rows, "DB_PASSWORD="))),
    code: "MOVED_VALUE",
  },
  {
    name: "two public lines change places",
    edit: (s) => s.lines((rows) => swap(rows, at(rows, "PORT="), at(rows, "NEXT_PUBLIC_URL="))),
    code: "MOVED_VALUE",
  },
  ...["API_KEY=", "FLAG=", "LAST="].map(
    (name): Row => ({
      name: `T2: the line of ${name} is deleted`,
      edit: (s) => s.lines((rows) => rows.filter((row) => !row.startsWith(name))),
      code: "TAMPERED",
    }),
  ),
  {
    name: "every line but the end line is deleted",
    edit: (s) => s.lines((rows) => [rows[0] as string, rows.at(-1) as string]),
    code: "TAMPERED",
  },
  { name: "the end line is deleted", edit: (s) => s.lines((rows) => rows.slice(0, -1)), code: "MALFORMED_VAULT" },
  { name: "the header is deleted", edit: (s) => s.lines((rows) => rows.slice(1)), code: "MALFORMED_VAULT" },
  {
    name: "a line is doubled",
    edit: (s) => s.lines((rows) => rows.flatMap((row) => (row.startsWith("API_KEY=") ? [row, row] : [row]))),
    code: "MALFORMED_VAULT",
  },
  {
    name: "a line is doubled under another name",
    edit: (s) =>
      s.lines((rows) => rows.flatMap((row) => (row.startsWith("API_KEY=") ? [row, row.replace("API_KEY", "API_KEY_2")] : [row]))),
    code: "MOVED_VALUE",
  },
  { name: "a variable is renamed", edit: (s) => s.replace("API_KEY=", (row) => row.replace("API_KEY", "API_TOKEN")), code: "TAMPERED" },
  {
    name: "a variable is renamed in case only",
    edit: (s) => s.replace("API_KEY=", (row) => row.replace("API_KEY", "Api_Key")),
    code: "TAMPERED",
  },
  {
    name: "T3: a secret is copied to a name that reaches the browser",
    edit: (s) => s.lines((rows) => [...rows.slice(0, -1), `NEXT_PUBLIC_X=${tokenOf(s.line("DB_PASSWORD="))}`, rows.at(-1) as string]),
    code: "MOVED_VALUE",
  },
  {
    name: "T3: a secret takes the place of a public value",
    edit: (s) => s.replace("NEXT_PUBLIC_URL=", `NEXT_PUBLIC_URL=${tokenOf(s.line("DB_PASSWORD="))}`),
    code: "MOVED_VALUE",
  },
  {
    name: "T4: a token of another environment is pasted",
    edit: (s) => s.replace("API_KEY=", s.line("API_KEY=", PRODUCTION_VAULT)),
    code: "MOVED_VALUE",
  },
  {
    name: "a token of another vault of the same environment is pasted",
    edit: (s) => s.replace("LAST=", s.line("LAST=", WEB_VAULT)),
    code: "MOVED_VALUE",
  },
  {
    name: "a token of another project is pasted",
    edit: (s) =>
      s.replace(
        "API_KEY=",
        world.foreign
          .read(VAULT)
          .split("\n")
          .find((row) => row.startsWith("API_KEY=")) as string,
      ),
    code: "KEY_UNKNOWN",
  },
  { name: "the end line of another vault is pasted", edit: (s) => s.replace("#end ", s.line("#end ", WEB_VAULT)), code: "MOVED_VALUE" },
  {
    name: "the end line's token becomes a value",
    edit: (s) => s.replace("FLAG=", `FLAG=${tokenOf(s.line("#end "))}`),
    code: "MOVED_VALUE",
  },
  {
    name: "a value's token becomes the end line",
    edit: (s) => s.replace("#end ", `#end ${tokenOf(s.line("LAST="))}`),
    code: "MOVED_VALUE",
  },
  { name: "a comment's token becomes a value", edit: (s) => s.replace("FLAG=", `FLAG=${tokenOf(s.line("# enc:"))}`), code: "MOVED_VALUE" },
  {
    name: "a line is renamed in place, with the token of its own value",
    edit: (s) => s.replace("API_KEY=", `OLD_KEY=${tokenOf(s.line("API_KEY="))}`),
    code: "TAMPERED",
  },
]);
