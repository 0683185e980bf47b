import { execFileSync, spawnSync } from "node:child_process";
import { createCipheriv } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { formatIdentity, recipientOf } from "../../src/age/keys.ts";
import { hasProgram, inNode, installedPeer } from "../support/peer-tools.ts";
import { Sandbox } from "../support/sandbox.ts";

/**
 * What the tools of others do under the same attacks, run here so that docs/project/security-tests.md stays true of them: each test
 * holds the behaviour that was observed. What envseal does stands beside it in the table, with a test of its own.
 */

const box = new Sandbox();
afterAll(() => box.remove());
const env = { ...box.env, HOME: box.home };

const DOTENVX = "2.38.2";
const dotenvx = installedPeer("@dotenvx/dotenvx", DOTENVX);
const needs = (here: unknown, what: string) => (here ? "" : ` (skipped: needs ${what})`);

describe.runIf(dotenvx)(`dotenvx ${DOTENVX}${needs(dotenvx, "the npm registry")}`, () => {
  const home = join(box.root, "dotenvx");
  const cli = (folder: string, ...args: string[]) =>
    spawnSync(process.execPath, [join(dotenvx as string, "src/cli/dotenvx.js"), ...args], { cwd: folder, env, encoding: "utf8" });
  const at = (name: string, files: Record<string, string>): string => {
    const folder = join(home, name);
    mkdirSync(folder, { recursive: true });
    for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text);
    return folder;
  };
  const app = ["--", process.execPath, "-p", "JSON.stringify({ API_KEY: process.env.API_KEY })"];
  let sealed: string;
  let keys: string;
  let older: string;
  let loaded: Record<string, Loaded>;
  const line = (name: string, text = sealed) => text.split("\n").find((row) => row.startsWith(`${name}=`)) as string;

  type Loaded = { values: Record<string, string>; error: string | null };

  /** What an app gets that loads each of these files, with the private key at hand; in one process. */
  function loadAll(texts: Record<string, string>): Record<string, Loaded> {
    const folders = Object.entries(texts).map(([name, text]) => [name, at(name.replace(/\W+/g, "-"), { ".env": text, ".env.keys": keys })]);
    const script = `const { config } = require(${JSON.stringify(dotenvx)}); const found = {};
      for (const [name, folder] of JSON.parse(require("fs").readFileSync(0, "utf8"))) {
        const processEnv = {};
        const { error } = config({ path: folder + "/.env", processEnv, quiet: true });
        found[name] = { values: processEnv, error: error ? String(error.code ?? error.message) : null };
      }
      console.log("\\n" + JSON.stringify(found));`;
    return inNode(script, folders, env, home);
  }

  beforeAll(() => {
    const folder = at("base", { ".env": "API_KEY=old-value\nADMIN_KEY=admin-value\nPORT=3000\n" });
    cli(folder, "encrypt");
    older = readFileSync(join(folder, ".env"), "utf8");
    cli(folder, "set", "API_KEY", "new-value");
    [sealed, keys] = [".env", ".env.keys"].map((name) => readFileSync(join(folder, name), "utf8")) as [string, string];
    expect(sealed).toMatch(/^API_KEY="?encrypted:/m);
    loaded = loadAll({ control: sealed, ...Object.fromEntries(accepted.map(([name, make]) => [name, make()])) });
    expect(loaded.control).toMatchObject({ values: { API_KEY: "new-value", ADMIN_KEY: "admin-value" }, error: null });
  });

  const value = (name: string, text = sealed) => line(name, text).slice(name.length + 1);
  const accepted: [string, () => string, Record<string, string | undefined>][] = [
    [
      "T1: two values change places",
      () => sealed.replace(value("API_KEY"), "@").replace(value("ADMIN_KEY"), value("API_KEY")).replace("@", value("ADMIN_KEY")),
      { API_KEY: "admin-value", ADMIN_KEY: "new-value" },
    ],
    ["T2: a line is deleted", () => sealed.replace(`${line("ADMIN_KEY")}\n`, ""), { API_KEY: "new-value", ADMIN_KEY: undefined }],
    ["T3: a secret is copied to a public name", () => `${sealed}\nNEXT_PUBLIC_X=${value("API_KEY")}\n`, { NEXT_PUBLIC_X: "new-value" }],
    ["T5: an earlier value is put back", () => sealed.replace(line("API_KEY"), line("API_KEY", older)), { API_KEY: "old-value" }],
    ["T7: a value is replaced by plaintext", () => sealed.replace(line("API_KEY"), "API_KEY=attackers"), { API_KEY: "attackers" }],
    ["T8: a plaintext duplicate behind", () => `${sealed}\nAPI_KEY=attackers\n`, { API_KEY: "attackers" }],
    ["T9: a command substitution", () => `${sealed}\nPWN="$(echo executed)"\n`, { PWN: "executed" }],
    [
      "conflict markers",
      () => sealed.replace(line("API_KEY"), (row) => `<<<<<<< HEAD\n${row}\n=======\nAPI_KEY=theirs\n>>>>>>> side`),
      { API_KEY: "theirs" },
    ],
  ];

  it.each(accepted)("%s: accepted in silence", (name, _make, expected) => {
    const { values, error } = loaded[name] as Loaded;
    expect(error).toBeNull();
    expect(Object.fromEntries(Object.keys(expected).map((key) => [key, values[key]]))).toEqual(expected);
  });

  const passedOn: [string, () => Record<string, string>][] = [
    ["T4: ciphertext of another key", () => ({ ".env": sealed.replace(value("API_KEY"), other()), ".env.keys": keys })],
    ["T10: a byte is flipped", () => ({ ".env": sealed.replace(value("API_KEY"), flipped(value("API_KEY"))), ".env.keys": keys })],
    ["T13: no key at hand", () => ({ ".env": sealed })],
  ];
  const other = () => {
    const folder = at("other", { ".env": "API_KEY=of-another-key\n" });
    cli(folder, "encrypt");
    return value("API_KEY", readFileSync(join(folder, ".env"), "utf8"));
  };
  const flipped = (text: string) => text.slice(0, -8) + (text.at(-8) === "A" ? "B" : "A") + text.slice(-7);

  it.each(passedOn)("%s: the app starts, with the ciphertext for a value", (name, make) => {
    const { status, stdout } = cli(at(name.replace(/\W+/g, "-"), make()), "run", "-q", ...app);
    expect({ status, stdout: stdout.trim() }).toEqual({ status: 0, stdout: expect.stringContaining('"API_KEY":"encrypted:') });
  });

  it("T6: whoever has the public key alone sets NODE_OPTIONS: accepted in silence", () => {
    const folder = at("T6", { ".env": sealed });
    expect(cli(folder, "set", "NODE_OPTIONS", "--require=/tmp/evil.js").status).toBe(0);
    const forged = readFileSync(join(folder, ".env"), "utf8");
    expect(loadAll({ T6b: forged }).T6b).toMatchObject({ values: { NODE_OPTIONS: "--require=/tmp/evil.js" }, error: null });
  });

  it("T12: the public key is replaced by the attacker's: the next secret is encrypted to the attacker", () => {
    const attacker = at("attacker", { ".env": "X=1\n" });
    cli(attacker, "encrypt");
    const theirs = readFileSync(join(attacker, ".env"), "utf8");
    const folder = at("T12", { ".env": sealed.replace(line("DOTENV_PUBLIC_KEY"), line("DOTENV_PUBLIC_KEY", theirs)) });
    expect(cli(folder, "set", "NEW_SECRET", "top-secret").status).toBe(0);
    writeFileSync(join(folder, ".env.keys"), readFileSync(join(attacker, ".env.keys")));
    expect(cli(folder, "get", "NEW_SECRET").stdout.trim()).toBe("top-secret");
  });

  it("it has no command to rotate", () => {
    expect(`${cli(home, "rotate").stdout}${cli(home, "--help").stdout}`).not.toMatch(/^\s*rotate\s/m);
  });
});

for (const version of ["16.6.1", "17.4.2"]) {
  const dotenv = installedPeer("dotenv", version);
  describe.runIf(dotenv)(`dotenv ${version} with DOTENV_KEY${needs(dotenv, "the npm registry")}`, () => {
    const KEY = "ab".repeat(32);
    const uri = (environment: string) => `dotenv://:key_${KEY}@dotenv.org/vault/.env.vault?environment=${environment}`;
    const blob = (text: string, nonce: number) => {
      const iv = Buffer.alloc(12, nonce);
      const cipher = createCipheriv("aes-256-gcm", Buffer.from(KEY, "hex"), iv);
      return Buffer.concat([iv, cipher.update(text), cipher.final(), cipher.getAuthTag()]).toString("base64");
    };
    const loads = (name: string, files: Record<string, string>, environment: string) => {
      const folder = join(box.root, `dotenv-${version}-${name}`);
      mkdirSync(folder, { recursive: true });
      for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text);
      const script = `const processEnv = {}; let failed = null;
        try { require(${JSON.stringify(dotenv)}).config({ processEnv, quiet: true, DOTENV_KEY: ${JSON.stringify(uri(environment))} }); } catch (error) { failed = String(error.message); }
        console.log("\\n" + JSON.stringify({ values: processEnv, failed }));`;
      return inNode<{ values: Record<string, string>; failed: string | null }>(script, null, env, folder);
    };

    it("the vault is missing: falls back to a plaintext .env in silence", () => {
      expect(loads("missing", { ".env": "API_KEY=plaintext\n" }, "production")).toEqual({ values: { API_KEY: "plaintext" }, failed: null });
    });

    it("a blob moved to another environment of the same key: accepted in silence", () => {
      const vault = `DOTENV_VAULT_PRODUCTION="${blob("API_KEY=staging\n", 1)}"\n`;
      expect(loads("moved", { ".env.vault": vault }, "production")).toMatchObject({ values: { API_KEY: "staging" }, failed: null });
    });

    it("a whole earlier blob is put back: accepted in silence", () => {
      const vault = `DOTENV_VAULT_PRODUCTION="${blob("API_KEY=old\n", 2)}"\n`;
      expect(loads("older", { ".env.vault": vault }, "production").values).toMatchObject({ API_KEY: "old" });
    });

    it("a flipped byte: refused", () => {
      const text = blob("API_KEY=x\n", 3);
      const vault = `DOTENV_VAULT_PRODUCTION="${text.slice(0, 20)}${text[20] === "A" ? "B" : "A"}${text.slice(21)}"\n`;
      expect(loads("flipped", { ".env.vault": vault }, "production").failed).not.toBeNull();
    });
  });
}

const hasSops = hasProgram("sops", "--disable-version-check", "--version");

describe.runIf(hasSops)(`SOPS${needs(hasSops, "sops on PATH")}`, () => {
  const identity = new Uint8Array(32).fill(7);
  const [key, recipient] = [formatIdentity(identity), recipientOf(identity)];
  const mallory = new Uint8Array(32).fill(9);
  const folder = join(box.root, "sops");
  const run = (text: string, ...args: string[]) => {
    writeFileSync(join(folder, "x.env"), text);
    return spawnSync("sops", ["--disable-version-check", ...args, "x.env"], {
      cwd: folder,
      env: { ...env, SOPS_AGE_KEY: key, SOPS_AGE_RECIPIENTS: recipient },
      encoding: "utf8",
    });
  };
  const seal = (text: string, ...args: string[]) => run(text, "encrypt", ...args).stdout;
  const open = (text: string) => {
    const { status, stdout } = run(text, "decrypt");
    return { status, rows: stdout.split("\n").filter(Boolean) };
  };
  let sealed: string;

  beforeAll(() => {
    mkdirSync(folder, { recursive: true });
    sealed = seal("# about it\nTOKEN=secret-value\nEMPTY=\nA_unencrypted=12\nB_unencrypted=34\n");
    expect(open(sealed)).toMatchObject({ status: 0, rows: expect.arrayContaining(["TOKEN=secret-value"]) });
  });

  const last = (row: string) => sealed.replace(/^(?=sops_)/m, `${row}\n`);

  it.each<[string, () => string, string[]]>([
    ["an empty duplicate behind a secret", () => last("TOKEN="), ["TOKEN=secret-value", "TOKEN="]],
    ["a new empty name", () => last("AUTH_REQUIRED="), ["AUTH_REQUIRED="]],
    ["a name in clear is renamed", () => sealed.replace("B_unencrypted=", "LD_PRELOAD_unencrypted="), ["LD_PRELOAD_unencrypted=34"]],
    [
      "bytes move between neighbouring values in clear",
      () => sealed.replace("A_unencrypted=12", "A_unencrypted=1").replace("B_unencrypted=34", "B_unencrypted=234"),
      ["A_unencrypted=1", "B_unencrypted=234"],
    ],
    ["a comment is replaced by plaintext", () => sealed.replace(/^#ENC.*$/m, "# trust me"), ["# trust me"]],
  ])("%s: accepted in silence", (_name, make, expected) => {
    const { status, rows } = open(make());
    expect({ status, rows }).toEqual({ status: 0, rows: expect.arrayContaining(expected) });
  });

  it("an empty name is deleted: accepted in silence", () => {
    const { status, rows } = open(sealed.replace("EMPTY=\n", ""));
    expect({ status, there: rows.includes("EMPTY=") }).toEqual({ status: 0, there: false });
  });

  it("two values change places: refused", () => {
    const text = seal("A=1111\nB=2222\n");
    const [a = "", b = ""] = text.split("\n").map((row) => row.slice(2));
    expect(open(text.replace(`A=${a}`, `A=${b}`).replace(`B=${b}\nsops`, `B=${a}\nsops`)).status).not.toBe(0);
  });

  it("a whole file is forged with the public recipient alone, and an old one put back: accepted in silence", () => {
    const forged = seal("TOKEN=attackers-own\n");
    expect(open(forged)).toEqual({ status: 0, rows: ["TOKEN=attackers-own"] });
  });

  it("a recipient slipped in gets the new key of the next rotation", () => {
    const theirs = recipientOf(mallory);
    const enc = /^sops_age__list_0__map_enc=.*$/m.exec(sealed)?.[0].replace("list_0", "list_1") as string;
    const poisoned = `${sealed.trimEnd()}\n${enc}\nsops_age__list_1__map_recipient=${theirs}\n`;
    const { status, stdout } = run(poisoned, "rotate");
    expect(status).toBe(0);
    writeFileSync(join(folder, "y.env"), stdout);
    const opened = execFileSync("sops", ["--disable-version-check", "decrypt", "y.env"], {
      cwd: folder,
      env: { ...env, SOPS_AGE_KEY: formatIdentity(mallory) },
      encoding: "utf8",
    });
    expect(opened).toContain("TOKEN=secret-value");
  });
});

const hasGitCrypt = hasProgram("git-crypt", "--version");

describe.runIf(hasGitCrypt)(`git-crypt${needs(hasGitCrypt, "git-crypt on PATH")}`, () => {
  const start = (name: string) => {
    const project = box.project(
      { ".env.production": "A=first\n", ".gitattributes": "*.production filter=git-crypt diff=git-crypt\n" },
      { name },
    );
    execFileSync("git-crypt", ["init"], { cwd: project.folder, env, stdio: "ignore" });
    project.commitAll();
    return project;
  };

  it("a clone that was never unlocked commits a new file: in plaintext, without a word", () => {
    const clone = start("crypt-a").clone("crypt-b");
    clone.write("new.production", "SECRET=plaintext\n");
    clone.git("add", "new.production");
    clone.git("commit", "-qm", "new");
    expect(clone.git("cat-file", "-p", "HEAD:new.production")).toBe("SECRET=plaintext\n");
  });

  it("a conflict: our side stands there without markers", () => {
    const project = start("crypt-c");
    project.git("checkout", "-qb", "side");
    project.write(".env.production", "A=theirs\n");
    project.commitAll("theirs");
    project.git("checkout", "-q", "main");
    project.write(".env.production", "A=ours\n");
    project.commitAll("ours");
    expect(spawnSync("git", ["merge", "side"], { cwd: project.folder, env }).status).not.toBe(0);
    expect(project.read(".env.production")).toBe("A=ours\n");
  });

  it("an old file is put back: accepted in silence", () => {
    const project = start("crypt-d");
    project.write(".env.production", "A=second\n");
    project.commitAll("second");
    project.git("checkout", "-q", "HEAD~1", "--", ".env.production");
    expect(project.read(".env.production")).toBe("A=first\n");
    expect(existsSync(project.path(".git/git-crypt"))).toBe(true);
  });
});
