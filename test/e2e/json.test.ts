import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { JSON_OUTPUT } from "../../src/cli/descriptions.ts";
import { type Project, sealedProject } from "../support/sandbox.ts";

/** The `{…}` and `[…]` of a documented form, in order. */
function formsOf(command: string): string[] {
  const forms: string[] = [];
  let depth = 0;
  let from = 0;
  const text = JSON_OUTPUT[command] ?? "";
  for (const [at, sign] of [...text].entries()) {
    if ("{[".includes(sign) && depth++ === 0) from = at;
    if ("}]".includes(sign) && --depth === 0) forms.push(text.slice(from, at + 1));
  }
  return forms;
}

function membersOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(membersOf);
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => [name, ...membersOf(inner)]);
}

/** A project with something to say in every command. */
function eventful(): Project {
  const project = sealedProject({ ".env": "API_KEY=sk_live_0123456789abcdef\nPORT=3000\n" });
  project.write("app.js", "process.env.MISSING;\n");
  const commit = () => project.git("commit", "-q", "-am", "a change");
  project.git("add", ".");
  commit();
  project.ok(["set", "API_KEY"], { input: "sk_live_abcdef0123456789" });
  project.ok(["deploy-key", "create", "ci"]);
  commit();
  project.ok(["rotate"]);
  project.ok(["set", "API_KEY"], { input: "sk_live_abcdef0123456780" });
  commit();
  project.ok(["set", "PORT=4000"]);
  project.ok(["require", "PORT"]);
  project.write("leak.txt", "sk_live_abcdef0123456780\n");
  project.write(".env.staging", "A=1\n");
  project.git("add", "leak.txt");
  return project;
}

const changes = formsOf("log").slice(1);
/** The command, its arguments, and which of its forms; the last ones change something. */
const CALLS: [string, string[], { forms?: string[]; absent?: string[] }?][] = [
  ["doctor", ["doctor"]],
  ["get", ["get", "PORT"]],
  ["list", ["list"], { forms: formsOf("list").slice(0, 1) }],
  ["list", ["list", "--unused"], { forms: formsOf("list").slice(1) }],
  ["status", ["status"]],
  ["deploy-key", ["deploy-key", "list"], { forms: formsOf("deploy-key").slice(1) }],
  ["join", ["join"]],
  ["recipients", ["recipients"]],
  ["pin", ["pin"]],
  ["env", ["env", "list"]],
  ["keys", ["keys"], { forms: formsOf("keys").slice(0, 1) }],
  ["custody", ["custody", "show"]],
  ["log", ["log", "--reveal"], { absent: ["from", "problem"] }],
  ["diff", ["diff", "--reveal"], { forms: [...formsOf("diff"), ...changes] }],
  ["blame", ["blame", ".env", "--reveal"]],
  ["exposure", ["exposure", "--since-key", "v2"], { absent: ["problem"] }],
  ["hooks", ["hooks", "status"]],
  ["scan", ["scan"]],
  ["check", ["check", "--all"], { forms: formsOf("check").slice(0, 1) }],
  ["check", ["check", "--explain", "leak"], { forms: formsOf("check").slice(1) }],
  ["import", ["import", "git-crypt", ".env.staging"]],
  ["deploy-key", ["deploy-key", "create", "web", "-e", "default"], { forms: formsOf("deploy-key").slice(0, 1) }],
  ["keys", ["keys", "suspend", "v2", "-e", "default", "--yes"], { forms: formsOf("keys").slice(1, 2) }],
  ["keys", ["keys", "destroy", "v1", "-e", "default", "--yes"], { forms: formsOf("keys").slice(2) }],
  ["rotate", ["rotate", "-e", "default"]],
];

describe("--json", () => {
  it("prints what is documented, and nothing else", () => {
    const project = eventful();
    for (const [command, args, { forms = formsOf(command), absent = [] } = {}] of CALLS) {
      const shown = membersOf(JSON.parse(project.envseal([...args, "--json"]).stdout));
      const documented = forms.flatMap((form) => form.match(/[A-Za-z]+\??/g) ?? []);
      const unknown = shown.filter((name) => !documented.some((other) => other.replace("?", "") === name));
      const missing = documented.filter((name) => !name.endsWith("?") && !absent.includes(name) && !shown.includes(name));
      expect([args.join(" "), unknown, missing]).toEqual([args.join(" "), [], []]);
    }
    const apart = ["backup", "export"];
    expect(Object.keys(JSON_OUTPUT).sort()).toEqual([...new Set([...CALLS.map(([command]) => command), ...apart])].sort());
  });

  it("of backup verify, and of export, the values by name", () => {
    const project = eventful();
    const [file = "", words = ""] = ["backup", "words"].map((name) => join(project.sandbox.root, name));
    project.ok(["backup", "create", file, "--passphrase-file", words]);
    const { stdout } = project.ok(["backup", "verify", file, "--passphrase-file", words, "--json"]);
    expect(new Set(membersOf(JSON.parse(stdout)))).toEqual(new Set(formsOf("backup")[0]?.match(/[A-Za-z]+/g)));
    expect(JSON.parse(project.ok(["export", "--json"]).stdout)).toEqual({ API_KEY: "sk_live_abcdef0123456780", PORT: "4000" });
  });
});
