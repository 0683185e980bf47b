import { rmSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Manifest, Settings } from "../../src/core/authority/manifest.ts";
import { parseManifest, serialiseManifest } from "../../src/core/manifest/manifest-text.ts";
import { RULES } from "../../src/guard/finding.ts";
import { madeAnew } from "../support/forger.ts";
import { type Project, sealedProject } from "../support/sandbox.ts";

/** An environment with keys of its own can be made by anybody; only the authority says that it is one. */

const SECRET = "sk_live_0123456789";
const FORGED = "API_KEY=forger-made-0123456789\n";

/** What somebody without a key puts into the repository. */
async function selfMade(
  project: Project,
  environment: string,
  { settings, change = () => {} }: { settings?: Partial<Settings>; change?: (manifest: Manifest) => void } = {},
): Promise<void> {
  const path = environment === "default" ? ".env.vault" : `.env.${environment}.vault`;
  const { manifest, vault } = await madeAnew(parseManifest(project.read("envseal.json")), environment, path, FORGED, settings);
  change(manifest);
  project.write("envseal.json", serialiseManifest(manifest));
  project.write(path, vault);
}

const APP = "console.log('VALUE', process.env.API_KEY)";

describe("an environment that no admin added", () => {
  it("silences no guard", async () => {
    const project = sealedProject({ ".env": `API_KEY=${SECRET}\n` });
    project.commitAll("sealed");
    // His key, his tag: the settings are genuine for whoever takes it for an environment.
    const settings = { public: ["*"], allow: Object.keys(RULES).map((rule) => ({ rule, reason: "let it through" })) };
    await selfMade(project, "staging", { settings });
    project.write("notes.txt", `the key is ${SECRET}\n`);
    project.git("add", "-A");
    project.git("add", "-f", ".env");
    const { code, stdout } = project.envseal(["check", "--staged", "--json"]);
    expect(code).toBe(1);
    const found = (JSON.parse(stdout).findings as { rule: string; path: string }[]).map(({ rule, path }) => `${rule} ${path}`);
    expect(found).toEqual(expect.arrayContaining(["plaintext-file .env", "forged-manifest envseal.json"]));
    expect(
      found.some((finding) => finding.endsWith(" notes.txt")),
      found.join(),
    ).toBe(true);
    expect(stdout).not.toContain("let through");
  });

  it("is never opened, by nobody's choice of it, and opens nothing", async () => {
    const project = sealedProject({ ".env": `API_KEY=${SECRET}\n` });
    project.install();
    await selfMade(project, "staging");
    for (const args of [
      ["get", "API_KEY", "-e", "staging"],
      ["get", "API_KEY", "-f", ".env.staging.vault"],
      ["run", "-e", "staging", "--", process.execPath, "-e", APP],
      ["export", "-e", "staging"],
      ["decrypt", ".env.staging", "--stdout"],
      ["set", "API_KEY", "-e", "staging"],
      ["encrypt", ".env.staging"],
      ["rotate", "-e", "staging"],
      ["grant", "ada", "-e", "staging", "--yes"],
      ["deploy-key", "create", "ci", "-e", "staging"],
    ]) {
      project.write(".env.staging", FORGED);
      const result = project.fails(args, { input: "typed-by-the-victim" });
      expect(result.error, args.join(" ")).toBe("UNKNOWN_ENVIRONMENT");
      expect(result.stdout, args.join(" ")).toBe("");
      expect(project.read("envseal.json")).not.toContain("typed-by-the-victim");
    }
    const boot = project.node(["-r", "envseal/config", "-e", APP], { env: { ENVSEAL_ENV: "staging" } });
    expect(boot).toMatchObject({ stdout: "", stderr: expect.stringContaining("UNKNOWN_ENVIRONMENT") });
    // It does not count where all are meant, either.
    project.ok(["rotate", "--all", "-q"]);
    expect(project.ok(["env", "list", "--json"]).stdout).not.toContain("staging");
  });

  it("hides no exposure and stops no revocation", async () => {
    const project = sealedProject({ ".env": `API_KEY=${SECRET}\n` });
    const bob = project.teammate("bob");
    project.commitAll("with bob");
    await selfMade(project, "aaa");
    expect(project.ok(["revoke", "bob", "--yes"]).stderr).toContain("1 of 1 secret is known to whoever holds bob's key");
    expect(project.envseal(["get", "API_KEY"], { env: bob }).stdout).toBe("");
  });

  it("does not take the warning away that an identity was revoked before", async () => {
    const project = sealedProject({ ".env": `API_KEY=${SECRET}\n` });
    const bob = project.teammate("bob");
    project.commitAll("with bob");
    project.ok(["revoke", "bob", "--yes", "-q"]);
    project.commitAll("without bob");
    project.ok(["join", "--name", "bob-2", "-q"], { env: bob });
    const { recipient } = project.manifest().recipients["bob-2"];
    const change = ({ environments }: Manifest) => {
      const access = environments.staging?.access as Record<string, object>;
      access.other = { ...access.ada, recipient };
    };
    await selfMade(project, "staging", { change });
    expect(project.envseal(["grant", "bob-2", "--yes"]).stderr).toContain("this identity had access before, as bob");
  });

  it.each(["default", "staging"])("is not chosen in place of the only one that there is: %s", async (environment) => {
    const project = sealedProject({ ".env.production": `API_KEY=${SECRET}\n` });
    rmSync(project.path(".env.production"));
    project.install();
    const key = project.ok(["deploy-key", "create", "server", "-q"]).stdout.trim();
    const server = { ...project.sandbox.otherHome("server"), ENVSEAL_KEY: key };
    await selfMade(project, environment);
    const genuineOrNothing = (stdout: string, how: string) => expect(["", SECRET], how).toContain(stdout.replace("VALUE ", "").trim());
    for (const env of [{}, server, { ...server, ENVSEAL_ENV: "production" }]) {
      for (const args of [
        ["get", "API_KEY"],
        ["run", "--", process.execPath, "-e", APP],
        ["export", "--format", "json"],
      ]) {
        const { stdout, stderr } = project.envseal(args, { env });
        if (args[0] === "export" && stdout !== "") expect(JSON.parse(stdout)).toEqual({ API_KEY: SECRET });
        else genuineOrNothing(stdout, args.join(" "));
        expect(stdout + stderr).not.toContain("forger-made");
      }
      for (const args of [
        ["-r", "envseal/config", "-e", APP],
        ["-e", "console.log('VALUE', require('envseal').load().API_KEY)"],
      ]) {
        const { stdout, stderr } = project.node(args, { env });
        genuineOrNothing(stdout, args.join(" "));
        expect(stdout + stderr).not.toContain("forger-made");
      }
    }
    expect(project.ok(["get", "API_KEY", "-e", "production"]).stdout).toBe(`${SECRET}\n`);
  });
});
