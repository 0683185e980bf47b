import { createHash } from "node:crypto";
import { expect, it } from "vitest";
import { type Project, sealedProject } from "../support/sandbox.ts";

const KEY = `sk_live_${createHash("sha256").update("pasted").digest("hex").slice(0, 24)}`;
const found = (project: Project, ...args: string[]) => {
  const { code, stdout, stderr } = project.envseal(["check", ...args, "-q"]);
  const rows = `${stdout}\n${stderr}`.split("\n").filter((line) => line.includes("[leak]"));
  return [code, ...rows.map((line) => line.replace(/ holds .*/, ""))];
};
const around = (project: Project, message: string) => project.git("-c", "core.hooksPath=/dev/null", "commit", "-qm", message);

it.each([".env.example", ".env.dev.example", ".env.example.docker", "env.sample"])(
  "a secret that is pasted into %s is stopped; what stood there before only warns",
  (template) => {
    const project = sealedProject({ ".env": `API_KEY=${KEY}\nDB_PASSWORD=test_Password123\n` });
    project.commitAll("start");
    project.write(template, `API_KEY=${KEY}\nDB_PASSWORD=test_Password123\n`);
    project.write("compose.yaml", `password: test_Password123\nkey: ${KEY}\n`);
    project.git("add", "-f", template, "compose.yaml");
    const stopped = [
      1,
      `finding ${template} line 1`,
      `warning ${template} line 2`,
      "finding compose.yaml line 2",
      "warning compose.yaml line 1",
    ].sort();
    expect(found(project, "--staged").sort()).toEqual(stopped);
    expect(found(project, "--all").sort()).toEqual(stopped);
    around(project, "pasted");
    expect(found(project, "--range", "HEAD^..HEAD").sort()).toEqual(stopped);
    expect(found(project, "--all").filter((row) => /finding/.test(`${row}`))).toEqual([]);
    expect(found(project, "--all")[0]).toBe(0);
    project.write("later.md", `${KEY}\n`);
    project.git("add", "later.md");
    expect(found(project, "--staged")).toEqual([0, "warning later.md line 1"]);
    around(project, "later");
    expect(found(project, "--range", "HEAD^..HEAD")).toEqual([0, "warning later.md line 1"]);
    // Another value is no template's.
    project.ok(["set", "API_KEY", "-q"], { input: `${KEY}x9` });
    project.write("other.md", `${KEY}x9\n`);
    project.git("add", "other.md");
    expect(found(project, "--staged")[0]).toBe(1);
  },
);

it("a template of another name's value, or in a folder without a vault, makes nothing public", () => {
  const project = sealedProject({ ".env": `API_KEY=${KEY}\n` });
  project.write(".env.example", `OTHER_KEY=${KEY}\n`);
  project.write("docs/.env.example", `API_KEY=${KEY}\n`);
  project.git("add", "-f", "-A");
  around(project, "start");
  project.write("a.md", `${KEY}\n`);
  project.git("add", "a.md");
  expect(found(project, "--staged")).toEqual([1, "finding a.md line 1"]);
});

it("what a template says behind a # is a default that people uncomment; a secret there is stopped all the same", () => {
  const project = sealedProject({ ".env": `API_KEY=${KEY}\nDB_PASSWORD=test_Password123\n` });
  project.commitAll("start");
  project.write(".env.template", `## The settings\n# DB_PASSWORD=test_Password123\n`);
  project.write("config.rs", 'password, "test_Password123";\n');
  project.git("add", "-A");
  expect(found(project, "--staged").sort()).toEqual([0, "warning .env.template line 2", "warning config.rs line 1"]);
  project.write(".env.template", `#API_KEY=${KEY}\n`);
  project.git("add", "-A");
  expect(found(project, "--staged")[0]).toBe(1);
});
