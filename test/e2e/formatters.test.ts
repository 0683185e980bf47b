import { join } from "node:path";
import { expect, it } from "vitest";
import { installedPeer } from "../support/peer-tools.ts";
import { type Project, ROOT, sealedProject } from "../support/sandbox.ts";

const PRETTIER = "3.10.1";
const prettier = installedPeer("prettier", PRETTIER);
const note = prettier === null ? ` (skipped: needs prettier ${PRETTIER}, from the registry)` : "";

/** Lists of every length, short and long ones, of names and of objects. */
function project(): Project {
  const made = sealedProject({
    ".env": "API_KEY=sk_live_0123456789\nPORT=1\nHOST=a\nMODE=b\n",
    ".env.production": "API_KEY=sk_live_9876543210\n",
  });
  made.ok(["public", "PORT", "HOST", "MODE", "-e", "default", "-q", "--yes"]);
  const long = Array.from({ length: 9 }, (_, at) => `A_RATHER_LONG_PATTERN_${at}_*`);
  made.ok(["public", ...long, "-e", "production", "-q", "--yes"]);
  made.ok(["require", "API_KEY", "-e", "default", "-q"]);
  for (const at of [1, 2]) made.ok(["allow", "leak", "--name", `NAME_${at}`, "--reason", "it is public", "-e", "default", "-q"]);
  made.ok(["rotate", "-e", "default", "-q", "--yes"]);
  made.ok(["join", "--name", "bob", "-q"], { env: made.sandbox.otherHome("bob") });
  return made;
}

const formatted = (project: Project, ...args: string[]) =>
  prettier === null ? null : project.node([join(prettier, "bin/prettier.cjs"), "--write", ...args, "envseal.json"]);

it.runIf(prettier !== null)(`Prettier and Biome leave envseal.json as envseal writes it${note}`, () => {
  const made = project();
  const before = made.read("envseal.json");
  expect(before).toContain('"public": ["HOST", "MODE", "PORT"]');
  expect(formatted(made)?.code).toBe(0);
  expect(made.read("envseal.json")).toBe(before);
  made.write("biome.json", JSON.stringify({ root: true, formatter: { indentStyle: "space" } }));
  const biome = made.node([join(ROOT, "node_modules/@biomejs/biome/bin/biome"), "format", "--write", "envseal.json"]);
  expect(biome).toMatchObject({ code: 0 });
  expect(made.read("envseal.json")).toBe(before);
});

it.runIf(prettier !== null)(
  `with settings of its own Prettier changes no meaning, and the next command brings the form back${note}`,
  () => {
    const made = project();
    const before = made.read("envseal.json");
    expect(formatted(made, "--use-tabs", "--print-width", "40", "--quote-props", "as-needed")?.code).toBe(0);
    expect(made.read("envseal.json")).not.toBe(before);
    expect(made.ok(["get", "API_KEY", "-e", "default"]).stdout).toContain("sk_live");
    made.git("add", "-A");
    expect(made.ok(["check", "--staged", "--json"]).stdout).not.toContain("manifest");
    made.ok(["public", "MODE", "--remove", "-e", "default", "-q"]);
    made.ok(["public", "MODE", "-e", "default", "-q", "--yes"]);
    const form = (text: string) => text.replace(/"tag": "[^"]*"|"revision": \d+/g, "");
    expect(form(made.read("envseal.json"))).toBe(form(before));
  },
);
