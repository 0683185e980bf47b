import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { ROOT } from "./support/sandbox.ts";

/** What the repository's host reads. */

const read = (path: string) => readFileSync(join(ROOT, path), "utf8");
const under = (folder: string) => readdirSync(join(ROOT, folder)).map((name) => `${folder}/${name}`);
const workflows = under(".github/workflows");
const manifest = JSON.parse(read("package.json"));

describe("workflows", () => {
  it.each([...workflows, "templates/ci/github.yml"])("pins every action by its commit: %s", (path) => {
    const used = [...read(path).matchAll(/\buses: (\S+)(.*)/g)];
    expect(used.length).toBeGreaterThan(0);
    for (const [, action, comment] of used) {
      expect(action).toMatch(/^[\w./-]+@[0-9a-f]{40}$/);
      expect(comment).toMatch(/^ # v\d+\.\d+\.\d+$/);
    }
  });

  it("pins one version of an action everywhere", () => {
    const all = [...workflows, "templates/ci/github.yml"].flatMap((path) => read(path).match(/uses: \S+/g) ?? []);
    const names = new Set(all.map((line) => line.split("@")[0]));
    expect(new Set(all).size).toBe(names.size);
  });

  it.each(workflows)("gives a token that reads, and more only where a job says so: %s", (path) => {
    expect(parse(read(path)).permissions).toEqual({ contents: "read" });
    expect(read(path)).not.toMatch(/pull_request_target|write-all/);
    // An expression in a script is text of whoever made the event.
    for (const [, script] of read(path).matchAll(/\brun: (.*)/g)) expect(script).not.toContain("${{");
  });

  it("runs on the three systems with each Node that is supported", () => {
    const { jobs } = parse(read(".github/workflows/ci.yml"));
    const { os, node } = jobs.tests.strategy.matrix;
    expect(os.map((name: string) => name.replace(/-.*/, ""))).toEqual(["ubuntu", "macos", "windows"]);
    expect(node).toEqual([20, 22, 24, 26]);
    expect(manifest.engines.node).toMatch(/^>=20\./);
  });

  it("publishes with provenance what was checked, and nothing else has the right to", () => {
    const { jobs } = parse(read(".github/workflows/release.yml"));
    expect(jobs.publish.needs).toBe("check");
    expect(jobs.publish.permissions).toEqual({ contents: "write", "id-token": "write" });
    expect(jobs.check.permissions).toBeUndefined();
    expect(jobs.publish.steps.map(({ run = "" }) => run).join("\n")).toMatch(/npm publish --provenance[\s\S]*SHA256SUMS/);
  });
});

describe("the repository", () => {
  it("asks in issues for what doctor prints, and sends vulnerabilities elsewhere", () => {
    const { body } = parse(read(".github/ISSUE_TEMPLATE/bug.yml"));
    expect(body.map(({ attributes }: { attributes: { label?: string } }) => attributes.label)).toContain("envseal doctor --json");
    expect(parse(read(".github/ISSUE_TEMPLATE/config.yml")).contact_links[0].url).toMatch(/\/security\/advisories\/new$/);
    for (const path of under(".github/ISSUE_TEMPLATE")) expect(() => parse(read(path)), path).not.toThrow();
  });

  it("updates what the package and its workflows use", () => {
    const { updates } = parse(read(".github/dependabot.yml"));
    const systems = updates.map((one: Record<string, string>) => one["package-ecosystem"]);
    expect(systems).toEqual(["npm", "github-actions"]);
  });

  it("has one placeholder for its owner", () => {
    const [owner] = /(?<=^github:)[^/]+/.exec(manifest.repository) ?? [];
    expect(manifest.homepage).toBe(`https://github.com/${owner}/envseal#readme`);
    expect(manifest.bugs).toBe(`https://github.com/${owner}/envseal/issues`);
    for (const path of [".github/ISSUE_TEMPLATE/config.yml", "docs/guide/ci.md"])
      for (const [, found] of read(path).matchAll(/([\w-]+)\/envseal[@/]/g)) expect(found, path).toBe(owner);
  });
});
