import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { b64u } from "../../src/core/bytes.ts";
import { parseKeyString } from "../../src/core/keys/keystring.ts";
import { base64, Python, pythonIsHere, pythonNotice } from "../support/python.ts";
import { type Project, sandbox } from "../support/sandbox.ts";

const PLAIN = {
  ".env": "# the shop\r\nAPI_KEY=sk_live_0123456789\r\nPORT=3000\r\n",
  ".env.staging": "\uFEFFA='several\nlines'\nA=again # dead\n\nexport B=\"x\\ny\"",
  "web/.env.production": "DB_URL=postgres://shop@db/shop\nEMPTY=\n",
};
const VAULTS = { ".env.vault": ".env", ".env.staging.vault": ".env.staging", "web/.env.production.vault": "web/.env.production" };

/** The identity that `init` made, as its file holds it. */
function identityOf(project: Project): string {
  const { project: id } = JSON.parse(project.read("envseal.json"));
  const file = readFileSync(join(project.sandbox.env.XDG_CONFIG_HOME as string, "envseal/identities", id), "utf8");
  return (/^AGE-SECRET-KEY-1.*$/m.exec(file) as RegExpExecArray)[0];
}

/** The pin of the project's authority: what a person's machine has on record. */
const pinOf = (project: Project): string => JSON.parse(project.ok(["status", "--json"]).stdout).pin;

const created = (stdout: string) => (/esk_\S+/.exec(stdout) as RegExpExecArray)[0];

describe.runIf(pythonIsHere)(`projects, and the second reader and writer${pythonNotice}`, () => {
  const python = new Python();
  afterAll(() => python.end());

  const ask = (project: Project, path: string, secret: string, pin?: string) =>
    python.ask({
      do: "open",
      manifest: base64(project.bytes("envseal.json")),
      vault: base64(project.bytes(path)),
      path,
      secret,
      ...(pin && { pin }),
    });

  it("reads ours: several environments, rotated, with deploy keys, and refuses what the floor shuts out", async () => {
    const project = sandbox().project(PLAIN);
    project.ok(["init", "--yes", "--no-hooks", "-q"]);
    const manifest = JSON.parse(project.read("envseal.json"));
    expect(Object.keys(manifest.vaults).sort()).toEqual(Object.keys(VAULTS).sort());
    const secret = identityOf(project);
    const pin = pinOf(project);
    const deploy = created(project.ok(["deploy-key", "create", "ci", "-e", "default"]).stdout);
    const readOnly = created(project.ok(["deploy-key", "create", "web", "-e", "production", "--read-only"]).stdout);
    const before = project.read(".env.vault");
    const readOnlyVault = base64(project.bytes("web/.env.production.vault"));

    project.ok(["rotate", "--all", "-q"]);
    project.ok(["set", "LATER", "-q", "-f", ".env"], { input: "a new value" });
    for (const [path, plain] of Object.entries(VAULTS)) {
      const answer = await ask(project, path, secret, pin);
      expect(Buffer.from(answer.plaintext ?? answer.refused ?? "", "base64").toString(), path).toBe(project.read(plain));
    }
    expect((await ask(project, ".env.vault", deploy)).values).toMatchObject({ LATER: "a new value" });
    // The read-only key opens the vault of its time without any manifest, and none that was sealed later.
    const alone = { do: "open", secret: readOnly };
    expect(Object.keys((await python.ask({ ...alone, vault: readOnlyVault })).values ?? {})).toEqual(["DB_URL", "EMPTY"]);
    expect(await ask(project, "web/.env.production.vault", readOnly)).toEqual({ refused: expect.any(String) });
    // Under a scheduled rotation the old vault is still good; behind a fence it is not.
    const current = project.read(".env.vault");
    project.write(".env.vault", before);
    expect((await ask(project, ".env.vault", secret, pin)).values).not.toHaveProperty("LATER");
    project.write(".env.vault", current);
    project.ok(["rotate", "-e", "default", "--reason", "offboarding", "-q"]);
    expect((await ask(project, ".env.vault", secret, pin)).values).toHaveProperty("LATER");
    project.write(".env.vault", before);
    expect((await ask(project, ".env.vault", secret, pin)).refused).toMatch(/floor/);
    expect(project.fails(["get", "API_KEY", "-f", ".env.vault"]).error).toBe("BELOW_FLOOR");
    // Nothing leads from the pin of before back to what an older manifest has; and another project's pin, and another vault.
    project.write(".env.vault", current);
    const newer = pinOf(project);
    expect(newer).not.toBe(pin);
    const present = project.read("envseal.json");
    project.write("envseal.json", JSON.stringify(manifest));
    expect((await ask(project, ".env.vault", secret, newer)).refused).toMatch(/pin/);
    project.write("envseal.json", present);
    expect((await ask(project, ".env.vault", secret, b64u(new Uint8Array(16)))).refused).toMatch(/pin/);
    expect(await ask(project, ".env.staging.vault", deploy)).toEqual({ refused: expect.any(String) });
    expect(b64u(parseKeyString(deploy, "the test").pin)).toBe(pin);
  });

  it("writes a project that we open, change and rotate, and that it then still reads", async () => {
    const files = Object.fromEntries(Object.entries(VAULTS).map(([path, plain]) => [path, base64(PLAIN[plain as keyof typeof PLAIN])]));
    const made = await python.ask({ do: "project", files, people: ["ada", "bob"], public: ["PORT"], now: "2026-02-28T12:00:00Z" });
    const project = sandbox().project({ "envseal.json": made.manifest as string, ...(made.vaults as Record<string, string>) });
    const { project: id } = JSON.parse(made.manifest as string);
    const secret = made.identities?.ada as string;
    const folder = join(project.sandbox.env.XDG_CONFIG_HOME as string, "envseal/identities");
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(join(folder, id), `${secret}\n`, { mode: 0o600 });

    for (const [path, plain] of Object.entries(VAULTS)) {
      project.ok(["decrypt", "-q", "-f", path]);
      expect(project.read(plain), path).toBe(PLAIN[plain as keyof typeof PLAIN]);
    }
    expect(project.read(".env.vault")).toContain("PORT='3000' # enc:v2.");
    // Nothing is known of the project on this machine.
    expect(project.fails(["set", "LATER", "-q", "-f", ".env"], { input: "a new value" }).error).toBe("UNCONFIRMED_PIN");
    project.ok(["pin", "confirm", made.pins?.at(-1) as string, "--yes"]);
    const untouched = project.read(".env.staging.vault");
    project.ok(["encrypt", "-q", "-f", ".env.staging"]);
    expect(project.read(".env.staging.vault")).toBe(untouched);
    project.ok(["set", "LATER", "-q", "-f", ".env"], { input: "a new value" });
    project.ok(["rotate", "-q", "-e", "default", "--reason", "compromised"]);
    project.ok(["check", "--all", "-q"]);
    const bob = made.identities?.bob as string;
    for (const who of [secret, bob]) {
      const answer = await ask(project, ".env.vault", who, made.pins?.[0]);
      expect(answer.values).toEqual({ API_KEY: "sk_live_0123456789", PORT: "3000", LATER: "a new value" });
    }
    expect((await ask(project, ".env.staging.vault", bob, made.pins?.[1])).values).toEqual({ A: "again", B: "x\ny" });
  });
});
