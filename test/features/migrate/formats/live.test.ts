import { execFileSync, spawnSync } from "node:child_process";
import { createCipheriv } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { openArmored } from "../../../../src/age/armored.ts";
import { formatIdentity, recipientOf } from "../../../../src/age/keys.ts";
import { serialise, valuesOf } from "../../../../src/core/vault/document.ts";
import { openDotenvVault } from "../../../../src/features/migrate/formats/dotenv-vault.ts";
import { openDotenvx, readDotenvx } from "../../../../src/features/migrate/formats/dotenvx.ts";
import { openGitCrypt } from "../../../../src/features/migrate/formats/git-crypt.ts";
import { openSops } from "../../../../src/features/migrate/formats/sops.ts";
import { parseSops } from "../../../../src/features/migrate/formats/sops-file.ts";
import { detectPeer } from "../../../../src/guard/peers.ts";
import { anyValue } from "../../../support/arbitraries.ts";
import { encryptedForDotenvx } from "../../../support/foreign.ts";
import { dotenvx } from "../../../support/peers.ts";
import { isNightly } from "../../../support/sample.ts";
import { type Project, sandbox } from "../../../support/sandbox.ts";

/** The real tools, installed from the registry into a temporary folder: for the isNightly run. */
const folder = isNightly ? mkdtempSync(join(tmpdir(), "envseal-live-")) : "";
afterAll(() => isNightly && rmSync(folder, { recursive: true, force: true }));

const env = { PATH: process.env.PATH ?? "", HOME: folder };

function install(spec: string): string | null {
  const at = join(folder, spec.replace(/\W/g, "-"));
  const quietly = ["--silent", "--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline", "--fetch-timeout=20000"];
  const done = spawnSync("npm", ["install", ...quietly, "--prefix", at, spec], { timeout: 120_000 });
  return done.status === 0 ? join(at, "node_modules") : null;
}

const hasSops = isNightly && spawnSync("sops", ["--disable-version-check", "--version"]).status === 0;

describe.runIf(isNightly).each(["1.75.1", "2.38.2"] as const)("dotenvx %s itself", (version) => {
  const modules = isNightly ? install(`@dotenvx/dotenvx@${version}`) : null;

  it.runIf(modules !== null)("reads what we read, in a file that it encrypts now", () => {
    const cwd = mkdtempSync(join(folder, "x-"));
    const run = (...args: string[]) =>
      execFileSync(process.execPath, [join(modules ?? "", "@dotenvx/dotenvx/src/cli/dotenvx.js"), ...args], { cwd, env, encoding: "utf8" });
    writeFileSync(join(cwd, ".env.production"), dotenvx(version).plain);
    run("encrypt", "-f", ".env.production");
    const { DOTENV_PUBLIC_KEY_PRODUCTION: _, ...theirs } = JSON.parse(run("get", "-f", ".env.production", "--format", "json"));
    const keys = /=([0-9a-f,]+)$/m.exec(readFileSync(join(cwd, ".env.keys"), "utf8"))?.[1] as string;
    const bytes = readFileSync(join(cwd, ".env.production"));
    const ours = openDotenvx(readDotenvx(bytes, "x", ".env.production"), [{ source: "x", text: keys }], "x");
    expect(Object.fromEntries(valuesOf(ours.document))).toEqual(theirs);
  });

  it.runIf(modules !== null)("decrypts what the tests make in its name, to the same bytes", () => {
    const { decrypt } = createRequire(import.meta.url)(join(modules ?? "", "@dotenvx/primitives")) as {
      decrypt: (key: string, text: string) => string;
    };
    const key = "22".repeat(32);
    fc.assert(
      fc.property(anyValue, (value) => {
        expect(decrypt(key, encryptedForDotenvx(value, key))).toBe(value);
      }),
      { numRuns: 50, seed: 1 },
    );
  });
});

describe.runIf(isNightly).each(["16", "17"])("dotenv %s itself", (version) => {
  const modules = isNightly ? install(`dotenv@${version}`) : null;

  it.runIf(modules !== null)("reads what we read in a vault", () => {
    const dotenv = createRequire(import.meta.url)(join(modules ?? "", "dotenv"));
    const [hex, nonce] = ["ab".repeat(32), Buffer.alloc(12, 3)];
    fc.assert(
      fc.property(fc.dictionary(fc.stringMatching(/^[A-Z]{1,8}$/), fc.stringMatching(/^[ -~]{0,20}$/), { minKeys: 1 }), (entries) => {
        const plain = Object.entries(entries).map(([name, value]) => `${name}='${value.replaceAll("'", "")}'\n`);
        const cipher = createCipheriv("aes-256-gcm", Buffer.from(hex, "hex"), nonce);
        const sealed = Buffer.concat([nonce, cipher.update(plain.join("")), cipher.final(), cipher.getAuthTag()]).toString("base64");
        const path = join(folder, ".env.vault");
        writeFileSync(path, `DOTENV_VAULT_PRODUCTION="${sealed}"\n`);
        const DOTENV_KEY = `dotenv://:key_${hex}@dotenv.org/vault/.env.vault?environment=production`;
        const { parsed } = dotenv.config({ path, DOTENV_KEY, processEnv: {}, quiet: true });
        const ours = openDotenvVault(readFileSync(path), { source: "x", text: DOTENV_KEY }, "x");
        expect(Object.fromEntries(valuesOf(ours.document))).toEqual(parsed);
      }),
      { numRuns: 50, seed: 1 },
    );
  });
});

describe.runIf(isNightly)("sops itself", () => {
  it.runIf(hasSops)(`reads what we read${hasSops ? "" : " (skipped: needs sops on PATH)"}`, async () => {
    const secret = new Uint8Array(32).fill(7);
    const run = (args: string[], input: string) => {
      writeFileSync(join(folder, "x.env"), input);
      return execFileSync("sops", ["--disable-version-check", ...args, "x.env"], {
        cwd: folder,
        env: { ...env, SOPS_AGE_KEY: formatIdentity(secret), SOPS_AGE_RECIPIENTS: recipientOf(secret) },
        encoding: "utf8",
      });
    };
    const value = fc.stringMatching(/^[ -~äß🔑]{0,30}$/u);
    for (const values of fc.sample(fc.array(value, { minLength: 1, maxLength: 6 }), { numRuns: 30, seed: 1 })) {
      const plain = values.map((text, index) => `# c${index}\nV${index}=${text}\n`).join("");
      const file = run(["encrypt", "--output-type", "dotenv"], plain);
      const theirs = JSON.parse(run(["decrypt", "--output-type", "json"], file));
      const parsed = parseSops(Buffer.from(file), "x");
      const dataKey = (await openArmored(parsed.age[0]?.armored as string, [formatIdentity(secret)])) as Uint8Array;
      expect(Object.fromEntries(valuesOf(openSops(parsed, dataKey, "x", false).document))).toEqual(theirs);
      expect(Buffer.from(serialise(openSops(parsed, dataKey, "x", false).document)).toString()).toContain("# c0\n");
    }
  });
});

const hasGitCrypt = isNightly && spawnSync("git-crypt", ["--version"]).status === 0;

describe.runIf(isNightly)("git-crypt itself", () => {
  it.runIf(hasGitCrypt)(`locked is refused, unlocked is sealed${hasGitCrypt ? "" : " (skipped: needs git-crypt on PATH)"}`, () => {
    const project = sandbox().project({ ".env.production": "A='1' # x\n", ".gitattributes": ".env.production filter=git-crypt\n" });
    const run = (at: Project, ...args: string[]) =>
      execFileSync("git-crypt", args, { cwd: at.folder, env: at.sandbox.env, stdio: "ignore" });
    run(project, "init");
    project.commitAll();
    run(project, "export-key", "../key");
    const clone = project.clone("clone");
    expect(detectPeer(clone.bytes(".env.production"))).toBe("git-crypt");
    expect(() => openGitCrypt(clone.bytes(".env.production"), "x")).toThrowError(expect.objectContaining({ code: "NO_KEY" }));
    run(clone, "unlock", "../key");
    clone.ok(["init", "--yes", "--no-hooks", "-q"]);
    clone.ok(["import", "git-crypt", ".env.production"]);
    expect(clone.ok(["decrypt", ".env.production", "--stdout"]).stdout).toBe("A='1' # x\n");
  });
});
