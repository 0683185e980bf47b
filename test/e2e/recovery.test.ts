import { spawnSync } from "node:child_process";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { wordlist } from "@scure/bip39/wordlists/english.js";
import { describe, expect, it } from "vitest";
import { type Project, ROOT, sealedProject } from "../support/sandbox.ts";

/** The script of docs/guide/recovery.md is run as a reader would run it: with age and Python's cryptography, without envseal. */
const python = ["python3", "/usr/bin/python3"].find((program) => spawnSync(program, ["-c", "import cryptography"]).status === 0);
const missing = [spawnSync("age", ["--version"]).status === 0 ? "" : "age", python === undefined ? "python3-cryptography" : ""]
  .filter(Boolean)
  .join(" and ");
const notice = missing === "" ? "" : ` (skipped: needs ${missing})`;

const PLAIN = "\ufeff# a comment\r\nA='one\nline two' # why\r\nexport B=2\r\nA=last wins\r\nPORT=3000\r\nempty=";
const OTHER = "KEY=value\n\n\n# end\n";

function start() {
  const project = sealedProject({ ".env": PLAIN, "apps/web/.env.production": OTHER });
  const [, script = ""] = /```python\n([\s\S]*?)```/.exec(readFileSync(join(ROOT, "docs/guide/recovery.md"), "utf8")) ?? [];
  project.write("../recover.py", script);
  project.commitAll("first");
  const { project: id } = JSON.parse(project.read("envseal.json"));
  return { project, identity: join(project.sandbox.env.XDG_CONFIG_HOME as string, "envseal/identities", id) };
}

function recover(project: Project, args: readonly string[], input = "") {
  const { status, stdout, stderr } = spawnSync(python as string, ["-I", "../recover.py", ...args], {
    cwd: project.folder,
    env: project.sandbox.env,
    input,
  });
  return { code: status, stdout, stderr: stderr.toString() };
}

describe.runIf(missing === "")(`recovery without envseal${notice}`, () => {
  it("gives back the very bytes with an identity, after rotations, and from old commits", () => {
    const { project, identity } = start();
    for (const reason of ["scheduled", "offboarding", "compromised"]) project.ok(["rotate", "--all", "--reason", reason]);
    expect(recover(project, ["envseal.json", ".env.vault", identity]).stdout).toEqual(Buffer.from(PLAIN));
    expect(recover(project, ["envseal.json", "apps/web/.env.production.vault", identity]).stdout).toEqual(Buffer.from(OTHER));
    project.write("../old.json", project.git("show", "HEAD:envseal.json"));
    project.write("../old.vault", project.git("show", "HEAD:.env.vault"));
    expect(recover(project, ["../old.json", "../old.vault", identity]).stdout).toEqual(Buffer.from(PLAIN));
    const below = recover(project, ["envseal.json", "../old.vault", identity]);
    expect(below.stdout).toEqual(Buffer.from(PLAIN));
    expect(below.stderr).toContain("note: below the floor");
  });

  it("takes recovery words, deploy keys, a backup, and identities of age-keygen", () => {
    const { project } = start();
    project.ok(["recovery", "create", "--recovery-file", "../words"]);
    project.write("../english.txt", `${wordlist.join("\n")}\n`);
    const words = recover(project, ["--words", "../english.txt"], project.read("../words"));
    project.write("../from-words", words.stdout);
    project.write("../deploy", project.ok(["deploy-key", "create", "ci", "-e", "production"]).stdout);
    project.write(
      "../read-only",
      project.ok(["deploy-key", "create", "ro", "-e", "production", "--read-only", "-f", "apps/web/.env.production.vault"]).stdout,
    );
    project.ok(["backup", "create", "../backup", "--passphrase-file", "../phrase"]);
    const passphrase = project.read("../phrase").trim();
    const opened = spawnSync("script", ["-qefc", "age -d ../backup > ../keys.json", "/dev/null"], {
      cwd: project.folder,
      input: `${passphrase}\n`,
    });
    expect(opened.status).toBe(0);
    spawnSync("age-keygen", ["-o", "../keygen"], { cwd: project.folder });
    const recipient = spawnSync("age-keygen", ["-y", "../keygen"], { cwd: project.folder, encoding: "utf8" }).stdout.trim();
    project.ok(["grant", "operations", recipient, "-e", "production", "--yes"]);
    for (const identity of ["../from-words", "../deploy", "../read-only", "../keys.json", "../keygen"])
      expect({ identity, ...recover(project, ["envseal.json", "apps/web/.env.production.vault", identity]) }).toMatchObject({
        code: 0,
        stdout: Buffer.from(OTHER),
      });
    expect(recover(project, ["envseal.json", ".env.vault", "../keys.json"]).stdout).toEqual(Buffer.from(PLAIN));
    for (const identity of ["../deploy", "../read-only", "../keygen"])
      expect(recover(project, ["envseal.json", ".env.vault", identity])).toMatchObject({ code: 1, stdout: Buffer.alloc(0) });
    // An identity of age-keygen is one of envseal's too.
    const operations = {
      env: {
        ...project.sandbox.otherHome("operations"),
        ENVSEAL_KEY_FILE: join(project.sandbox.root, "keygen"),
        ENVSEAL_PIN: pinOf(project),
      },
    };
    expect(project.ok(["get", "KEY", "-f", "apps/web/.env.production.vault"], operations).stdout).toBe("value\n");
    const carol = { env: project.sandbox.otherHome("carol") };
    expect(project.ok(["join", "--name", "operations", "--identity", "../keygen"], carol).stdout.trim()).toBe(recipient);
    expect(project.ok(["get", "KEY", "-f", "apps/web/.env.production.vault"], carol).stdout).toBe("value\n");
  });

  it("follows the authority from the pin of a deploy key, or of recovery words", () => {
    const { project, identity } = start();
    const pin = pinOf(project);
    project.write("../deploy", project.ok(["deploy-key", "create", "ci", "-e", "production"]).stdout);
    project.ok(["rotate", "--all", "--reason", "offboarding"]);
    expect(pinOf(project)).not.toBe(pin);
    const vault = "apps/web/.env.production.vault";
    const tries = (manifest: string) => [
      recover(project, [manifest, vault, "../deploy"]),
      recover(project, [manifest, vault, identity, pin]),
    ];
    for (const result of tries("envseal.json")) expect(result).toMatchObject({ code: 0, stdout: Buffer.from(OTHER) });
    const { stderr } = recover(project, ["envseal.json", vault, identity, Buffer.alloc(16).toString("base64url")]);
    expect(stderr).toContain("the pin is not of this project");
    const other = sealedProject({ "apps/web/.env.production": OTHER });
    const forgeries: [string, (manifest: { authority: Statement[]; environments: Record<string, Entry> }) => void][] = [
      [
        "is not signed by an admin",
        ({ authority }) => Object.assign((authority.at(-1) as Statement).environments, { made: { lowest: 1 } }),
      ],
      ["are not signed by anybody who may", ({ environments }) => (environments.production as Entry).statement.revision++],
      [
        "from before somebody lost access",
        ({ environments }) => {
          const { environments: old } = JSON.parse(project.git("show", "HEAD:envseal.json"));
          (environments.production as Entry).statement = old.production.statement;
        },
      ],
      [
        "the pin is not of this project",
        (manifest) => Object.assign(manifest, { authority: JSON.parse(other.read("envseal.json")).authority }),
      ],
    ];
    for (const [message, forge] of forgeries) {
      const manifest = JSON.parse(project.read("envseal.json"));
      forge(manifest);
      project.write("../forged.json", JSON.stringify(manifest));
      for (const result of tries("../forged.json"))
        expect(result).toMatchObject({ code: 1, stdout: Buffer.alloc(0), stderr: expect.stringContaining(message) });
    }
  });

  it("refuses what was tampered with, says what, writes nothing, and never shows a key", () => {
    const { project, identity } = start();
    const manifest = project.read("envseal.json");
    const vault = project.read(".env.vault");
    const secret = readFileSync(identity, "utf8").split("\n")[2] as string;
    const lines = vault.split("\n");
    const swapped = [...lines];
    const rows = lines.flatMap((line, index) => (line.startsWith("#") || line === "" ? [] : [index]));
    [swapped[rows[0] as number], swapped[rows[1] as number]] = [lines[rows[1] as number] as string, lines[rows[0] as number] as string];
    for (const [name, content, message] of [
      [
        "flipped",
        vault.replace(/:([A-Za-z0-9_-]{40})/, (token) => token.slice(0, 20) + (token[20] === "A" ? "B" : "A") + token.slice(21)),
        "was changed, moved",
      ],
      ["swapped", swapped.join("\n"), "was changed, moved"],
      ["cut", lines.slice(0, -4).join("\n"), "is cut off"],
      ["plaintext", vault.replace("B=enc:", "B=2 #"), "does not belong in a vault"],
    ] as const) {
      project.write("../bad.vault", content);
      const result = recover(project, ["envseal.json", "../bad.vault", identity]);
      expect({ name, ...result }).toMatchObject({ name, code: 1, stdout: Buffer.alloc(0), stderr: expect.stringContaining(message) });
      expect(result.stderr).not.toContain(secret.slice(16));
    }
    const forged = JSON.parse(manifest);
    const [entry] = Object.values(forged.environments.default.statement.keys) as { commitment: string }[];
    (entry as { commitment: string }).commitment = entry?.commitment.replace(/..$/, (end) => (end === "AA" ? "EA" : "AA")) as string;
    project.write("../forged.json", JSON.stringify(forged));
    expect(recover(project, ["../forged.json", ".env.vault", identity])).toMatchObject({ code: 1, stdout: Buffer.alloc(0) });
    writeFileSync(join(project.sandbox.root, "stranger"), spawnSync("age-keygen").stdout);
    chmodSync(join(project.sandbox.root, "stranger"), 0o600);
    expect(recover(project, ["envseal.json", ".env.vault", "../stranger"]).stderr).toContain(
      "this identity does not open environment default",
    );
  });
});

interface Statement {
  environments: Record<string, { lowest: number }>;
}

interface Entry {
  statement: { revision: number };
}

function pinOf(project: Project): string {
  return JSON.parse(project.ok(["status", "--json"]).stdout).pin;
}
