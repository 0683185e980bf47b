import {
  chmodSync,
  cpSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { formatIdentity } from "../../src/age/keys.ts";
import { unlock } from "../../src/age/unlock.ts";
import { withVault } from "../../src/core/changes.ts";
import { parseDocument } from "../../src/core/document.ts";
import { parseKeyString } from "../../src/core/keystring.ts";
import { type Environment, type KeyEntry, type Manifest, parseManifest, serialiseManifest } from "../../src/core/manifest.ts";
import { EnvsealError, type ErrorCode, exitCodeOf } from "../../src/errors.ts";
import { createEnvironment, createVault } from "../../src/workspace/create.ts";
import { Project, type Result, Sandbox } from "../support/sandbox.ts";

/**
 * What somebody who can write to the repository, and has no key, does to it: every row must be refused, by the CLI and by
 * an app under the loader, with its own code, and with nothing of the file in the message. Known residues (what FORMAT.md
 * says is accepted) have a table of their own, so that a change in either direction is seen.
 */

const SECRETS = [
  "sk_live_0123456789",
  "correct horse battery",
  "sk_test_in_a_comment",
  "tail-secret",
  "web-secret",
  "prod-secret",
  "old-secret",
];
const ENV = [
  "# stripe: sk_test_in_a_comment",
  "API_KEY=sk_live_0123456789",
  "DB_PASSWORD='correct horse battery'",
  "",
  "FLAG=",
  "# local",
  "PORT=3000",
  "NEXT_PUBLIC_URL=https://shop.example",
  "LAST=tail-secret",
  "",
].join("\n");
const WEB = ENV.replace("tail-secret", "web-secret");
const PRODUCTION = ENV.replace("tail-secret", "prod-secret");

const VAULT = ".env.vault";
const WEB_VAULT = "apps/web/.env.vault";
const PRODUCTION_VAULT = ".env.production.vault";
const MANIFEST = "envseal.json";
const APP = "console.log('APP STARTED', JSON.stringify(process.env));\n";

interface World {
  sandbox: Sandbox;
  project: Project;
  foreign: Project;
  /** Key strings: a deploy key for each environment, a read-only one, and one of the other project. */
  keys: Record<"default" | "production" | "readOnly" | "foreign", string>;
  pin: string;
  /** The vault and the manifest before the last change of API_KEY and before LAST was required. */
  earlier: { vault: string; manifest: string };
  manifest: Manifest;
}

let world: World;

beforeAll(() => {
  const sandbox = new Sandbox();
  const project = sandbox.project({
    ".env": ENV.replace("sk_live_0123456789", "old-secret"),
    "apps/web/.env": WEB,
    ".env.production": PRODUCTION,
  });
  project.ok(["init", "--yes", "--no-hooks", "-q", "--no-recovery"]);
  for (const path of [".env", "apps/web/.env", ".env.production"]) rmSync(project.path(path));
  const make = (args: string[], at = project) => at.ok(["deploy-key", "create", ...args, "-q"]).stdout.trim();
  const ci = make(["ci", "-e", "default"]);
  const production = make(["prod", "-e", "production"]);
  const earlier = { vault: project.read(VAULT), manifest: project.read(MANIFEST) };
  project.ok(["set", "API_KEY", "-q"], { input: "sk_live_0123456789" });
  project.ok(["require", "LAST", "-e", "default", "-q"]);
  const readOnly = make(["any", "-e", "default", "-f", VAULT, "--read-only"]);
  const foreign = sandbox.project({ ".env": ENV }, { name: "foreign" });
  foreign.ok(["init", "--yes", "--no-hooks", "-q", "--no-recovery"]);
  const manifest = parseManifest(project.read(MANIFEST));
  const pin = Buffer.from(parseKeyString(ci, "test").pin).toString("base64url");
  const keys = { default: ci, production, readOnly, foreign: make(["ci"], foreign) };
  world = { sandbox, project, foreign, keys, pin, earlier, manifest };
});

afterAll(() => world.sandbox.remove());

/** A copy of the world's repository and of Ada's home, for one row to spoil. */
class Scene extends Project {
  static open(): Scene {
    const root = mkdtempSync(join(world.sandbox.root, "row-"));
    onTestFinished(() => rmSync(root, { recursive: true, force: true }));
    const hooks = world.project.path(".git/hooks");
    cpSync(world.project.folder, join(root, "repo"), { recursive: true, filter: (path) => path !== hooks });
    cpSync(world.sandbox.home, join(root, "home"), { recursive: true });
    chmodSync(join(root, "home/config/envseal/identities"), 0o700);
    const home = join(root, "home");
    const env = { ...world.sandbox.env, HOME: home, XDG_CONFIG_HOME: join(home, "config"), XDG_STATE_HOME: join(home, "state") };
    const scene = new Scene(Object.assign(Object.create(Sandbox.prototype), { root, home, env }), join(root, "repo"));
    scene.write("app.cjs", APP);
    scene.install();
    return scene;
  }

  /** A home with nothing in it: a server, or a new machine. */
  away(): Record<string, string> {
    return this.sandbox.otherHome("away");
  }

  /** Rewrites the lines of a vault: header first, end line last, no blank ones. */
  lines(change: (lines: string[]) => readonly string[], path = VAULT): void {
    const rows = change(this.read(path).split("\n").filter(Boolean));
    this.write(path, `${rows.join("\n")}\n`);
  }

  line(name: string, path = VAULT): string {
    return this.read(path)
      .split("\n")
      .find((row) => row.startsWith(name)) as string;
  }

  /** Replaces the line that starts with `start`. */
  replace(start: string, by: string | ((line: string) => string), path = VAULT): void {
    this.lines((rows) => rows.map((row) => (row.startsWith(start) ? (typeof by === "string" ? by : by(row)) : row)), path);
  }

  edit(change: (text: string) => string, path = VAULT): void {
    this.write(path, change(this.read(path)));
  }

  manifest(change: (manifest: Manifest) => void): void {
    const manifest = JSON.parse(this.read(MANIFEST)) as Manifest;
    change(manifest);
    this.write(MANIFEST, `${JSON.stringify(manifest, null, 2)}\n`);
  }

  entry(change: (entry: Environment, key: KeyEntry) => void): void {
    this.manifest(({ environments }) => {
      const entry = environments.default as Environment;
      change(entry, entry.keys[entry.active] as KeyEntry);
    });
  }

  get identity(): string {
    return join(this.sandbox.home, "config/envseal/identities", world.manifest.project);
  }

  boot(options: Parameters<Project["node"]>[1] = {}): Result {
    return this.node(["-r", "envseal/config", this.path("app.cjs")], options);
  }
}

const tokenOf = (line: string): string => /enc:v\S+$/.exec(line)?.[0] ?? "";
const withToken = (line: string, token: string): string => line.slice(0, -tokenOf(line).length) + token;
const at = (rows: readonly string[], start: string): number => rows.findIndex((row) => row.startsWith(start));

function swap(rows: readonly string[], a: number, b: number): string[] {
  const next = [...rows];
  [next[a], next[b]] = [rows[b] as string, rows[a] as string];
  return next;
}

/** Another valid character of base64url where it changes bits that count. */
function flip(text: string, offset: number): string {
  const other = text[offset] === "A" ? "B" : "A";
  return text.slice(0, offset) + other + text.slice(offset + 1);
}

function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** What a forger can make with nothing but this repository: an environment with a new key for its public recipients. */
async function forge(scene: Scene, environment: string, path: string, text = ENV): Promise<void> {
  const manifest = parseManifest(scene.read(MANIFEST));
  const recipients = Object.keys(manifest.recipients);
  const created = await createEnvironment(manifest, { environment, recipients, publicPatterns: [], created: "2026-01-01T00:00:00Z" });
  const { [path]: _old, ...vaults } = created.manifest.vaults;
  const { document } = parseDocument(Buffer.from(text.replaceAll("secret", "forger-made")));
  const vault = createVault({ ...created.manifest, vaults }, created.keyring, path, document);
  scene.write(MANIFEST, serialiseManifest(vault.manifest));
  scene.write(path, vault.text);
}

interface Row {
  name: string;
  edit?: (scene: Scene) => void | Promise<void>;
  code: ErrorCode;
  /** Where the loader gives another code than the CLI. */
  boot?: ErrorCode;
  env?: (scene: Scene) => Record<string, string>;
  cwd?: string;
  args?: readonly string[];
  /** Not 3 or 4: the file system's own trouble. */
  exit?: number;
}

const swaps: Row[] = [
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
    code: "TAMPERED",
  },
  {
    name: "two public lines change places",
    edit: (s) => s.lines((rows) => swap(rows, at(rows, "PORT="), at(rows, "NEXT_PUBLIC_URL="))),
    code: "TAMPERED",
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
  { name: "a variable is renamed", edit: (s) => s.replace("API_KEY=", (row) => row.replace("API_KEY", "API_TOKEN")), code: "MOVED_VALUE" },
  {
    name: "a variable is renamed in case only",
    edit: (s) => s.replace("API_KEY=", (row) => row.replace("API_KEY", "Api_Key")),
    code: "MOVED_VALUE",
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
    code: "CORRUPT",
  },
  {
    name: "a value's token becomes the end line",
    edit: (s) => s.replace("#end ", `#end ${tokenOf(s.line("LAST="))}`),
    code: "MOVED_VALUE",
  },
  { name: "a comment's token becomes a value", edit: (s) => s.replace("FLAG=", `FLAG=${tokenOf(s.line("# enc:"))}`), code: "MOVED_VALUE" },
  {
    name: "an earlier line is pasted where its neighbour was another",
    edit: (s) => s.replace("API_KEY=", `OLD_KEY=${tokenOf(s.line("API_KEY="))}`),
    code: "MOVED_VALUE",
  },
];

const plaintext: Row[] = [
  { name: "T7: a plaintext override", edit: (s) => s.replace("API_KEY=", "API_KEY=attackers-own-value"), code: "MALFORMED_VAULT" },
  { name: "a quoted plaintext override", edit: (s) => s.replace("API_KEY=", "API_KEY='attackers-own-value'"), code: "MALFORMED_VAULT" },
  { name: "an emptied value", edit: (s) => s.replace("API_KEY=", "API_KEY="), code: "MALFORMED_VAULT" },
  {
    name: "T8: a plaintext duplicate behind",
    edit: (s) => s.lines((rows) => [...rows.slice(0, -1), "API_KEY=attackers-own-value", rows.at(-1) as string]),
    code: "MALFORMED_VAULT",
  },
  { name: "SOPS: an empty duplicate at the end of the file", edit: (s) => s.edit((text) => `${text}API_KEY=\n`), code: "MALFORMED_VAULT" },
  { name: "SOPS: a new empty name", edit: (s) => s.edit((text) => text.replace("#end", "AUTH_REQUIRED=\n#end")), code: "MALFORMED_VAULT" },
  {
    name: "SOPS: an empty name is deleted",
    edit: (s) => s.lines((rows) => rows.filter((row) => !row.startsWith("FLAG="))),
    code: "TAMPERED",
  },
  {
    name: "SOPS: a public name is renamed",
    edit: (s) => s.replace("PORT=", (row) => row.replace("PORT=", "LD_PRELOAD=")),
    code: "MOVED_VALUE",
  },
  {
    name: "SOPS: LD_PRELOAD in clear",
    edit: (s) => s.edit((text) => text.replace("#end", "LD_PRELOAD='/tmp/x.so'\n#end")),
    code: "MALFORMED_VAULT",
  },
  {
    name: "SOPS: bytes move between neighbouring public values",
    edit: (s) => {
      s.replace("PORT=", (row) => row.replace("'3000'", "'3000h'"));
      s.replace("NEXT_PUBLIC_URL=", (row) => row.replace("'https", "'ttps"));
    },
    code: "TAMPERED",
  },
  {
    name: "SOPS: a plaintext comment",
    edit: (s) => s.edit((text) => text.replace("#end", "# harmless words\n#end")),
    code: "MALFORMED_VAULT",
  },
  {
    name: "an assignment behind the end line",
    edit: (s) => s.edit((text) => `${text}EXTRA=attackers-own-value\n`),
    code: "MALFORMED_VAULT",
  },
  {
    name: "T9: a command substitution",
    edit: (s) => s.edit((text) => text.replace("#end", 'PWN="$(touch pwned)"\n#end')),
    code: "MALFORMED_VAULT",
  },
  {
    name: "T6: NODE_OPTIONS in clear",
    edit: (s) => s.edit((text) => text.replace("#end", "NODE_OPTIONS=--require=./evil.cjs\n#end")),
    code: "MALFORMED_VAULT",
  },
  {
    name: "T6: NODE_OPTIONS with a real token",
    edit: (s) => s.edit((text) => text.replace("#end", `NODE_OPTIONS=${tokenOf(s.line("API_KEY="))}\n#end`)),
    code: "MOVED_VALUE",
  },
  {
    name: "a name of Object.prototype with a real token",
    edit: (s) => s.replace("FLAG=", (row) => row.replace("FLAG", "constructor")),
    code: "MOVED_VALUE",
  },
  { name: "__proto__ as a name", edit: (s) => s.replace("FLAG=", (row) => row.replace("FLAG", "__proto__")), code: "MALFORMED_VAULT" },
  { name: "export before a name", edit: (s) => s.replace("FLAG=", (row) => `export ${row}`), code: "MALFORMED_VAULT" },
  {
    name: "a public value that shows something else",
    edit: (s) => s.replace("PORT=", (row) => row.replace("3000", "3001")),
    code: "TAMPERED",
  },
  { name: "a public value in other quotes", edit: (s) => s.replace("PORT=", (row) => row.replaceAll("'", '"')), code: "MALFORMED_VAULT" },
  {
    name: "a public value turned into the secret form",
    edit: (s) => s.replace("PORT=", (row) => `PORT=${tokenOf(row)}`),
    code: "MOVED_VALUE",
  },
  {
    name: "a secret turned into the public form",
    edit: (s) => s.replace("API_KEY=", (row) => `API_KEY='1' # ${tokenOf(row)}`),
    code: "MOVED_VALUE",
  },
  {
    name: "a secret shown with its right value",
    edit: (s) => s.replace("API_KEY=", (row) => `API_KEY='sk_live_0123456789' # ${tokenOf(row)}`),
    code: "MOVED_VALUE",
  },
];

const form: Row[] = [
  { name: "a BOM", edit: (s) => s.edit((text) => `\uFEFF${text}`), code: "MALFORMED_VAULT" },
  { name: "UTF-16", edit: (s) => s.write(VAULT, Buffer.from(`\uFEFF${s.read(VAULT)}`, "utf16le")), code: "MALFORMED_VAULT" },
  { name: "invalid UTF-8", edit: (s) => s.write(VAULT, Buffer.concat([s.bytes(VAULT), Buffer.of(0xff, 0x0a)])), code: "MALFORMED_VAULT" },
  { name: "a NUL", edit: (s) => s.edit((text) => text.replace("#end", "\0\n#end")), code: "MALFORMED_VAULT" },
  { name: "an empty file", edit: (s) => s.write(VAULT, ""), code: "MALFORMED_VAULT" },
  { name: "a trailing space behind a token", edit: (s) => s.replace("API_KEY=", (row) => `${row} `), code: "MALFORMED_VAULT" },
  { name: "a trailing space behind the header", edit: (s) => s.replace("# envseal", (row) => `${row} `), code: "MALFORMED_VAULT" },
  { name: "a line of spaces", edit: (s) => s.edit((text) => text.replace("#end", "  \n#end")), code: "MALFORMED_VAULT" },
  { name: "CR as the line end", edit: (s) => s.edit((text) => text.replaceAll("\n", "\r")), code: "MALFORMED_VAULT" },
  { name: "no final newline", edit: (s) => s.edit((text) => text.trimEnd()), code: "MALFORMED_VAULT" },
  {
    name: "conflict markers",
    edit: (s) => s.replace("API_KEY=", (row) => `<<<<<<< HEAD\n${row}\n=======\n${row}\n>>>>>>> branch`),
    code: "CONFLICT_MARKERS",
  },
  { name: "a base64 body with padding", edit: (s) => s.replace("API_KEY=", (row) => `${row}=`), code: "MALFORMED_VAULT" },
  { name: "a token without a body", edit: (s) => s.replace("API_KEY=", (row) => row.replace(/:[\w-]+$/, ":AA")), code: "CORRUPT" },
  {
    name: "a token of zeros",
    edit: (s) => s.replace("API_KEY=", (row) => row.replace(/:[\w-]+$/, `:${"A".repeat(124)}`)),
    code: "CORRUPT",
  },
  {
    name: "T10: the last bits of a tag flipped",
    edit: (s) => s.replace("API_KEY=", (row) => flip(row, row.length - 6)),
    code: "TAMPERED",
  },
  { name: "a token's version changed", edit: (s) => s.replace("API_KEY=", (row) => row.replace("enc:v1", "enc:v2")), code: "TAMPERED" },
  {
    name: "a token's version beyond u32",
    edit: (s) => s.replace("API_KEY=", (row) => row.replace("enc:v1", "enc:v4294967296")),
    code: "MALFORMED_VAULT",
  },
  {
    name: "a token's key id changed",
    edit: (s) => s.replace("API_KEY=", (row) => row.replace(/v1\.[\w-]{8}/, "v1.AAAAAAAA")),
    code: "KEY_UNKNOWN",
  },
  {
    name: "a key id that is a name of Object.prototype",
    edit: (s) => s.replace("API_KEY=", (row) => row.replace(/v1\.[\w-]{8}/, "v1.toString")),
    code: "KEY_UNKNOWN",
  },
  {
    name: "all key ids are a name of Object.prototype",
    edit: (s) => s.edit((text) => text.replaceAll(/v1\.[\w-]{8}/g, "v1.toString")),
    code: "KEY_UNKNOWN",
  },
  {
    name: "the header's environment changed",
    edit: (s) => s.edit((text) => text.replace(" default ", " production ")),
    code: "FOREIGN_VAULT",
  },
  {
    name: "the header's environment unknown",
    edit: (s) => s.edit((text) => text.replace(" default ", " constructor ")),
    code: "FOREIGN_VAULT",
  },
  {
    name: "the header's environment impossible",
    edit: (s) => s.edit((text) => text.replace(" default ", " Default ")),
    code: "MALFORMED_VAULT",
  },
  {
    name: "the header's id changed",
    edit: (s) => s.edit((text) => text.replace(/default \S+/, `default ${"A".repeat(16)}`)),
    code: "FOREIGN_VAULT",
  },
  {
    name: "the header of a newer format",
    edit: (s) => s.edit((text) => text.replace("envseal:1", "envseal:2")),
    code: "UNSUPPORTED_FORMAT",
  },
  { name: "the header of format 0", edit: (s) => s.edit((text) => text.replace("envseal:1", "envseal:0")), code: "MALFORMED_VAULT" },
  { name: "a second header", edit: (s) => s.edit((text) => `${text.split("\n")[0]}\n${text}`), code: "MALFORMED_VAULT" },
  {
    name: "a vault of dotenv-vault",
    edit: (s) => s.write(VAULT, '#/--- .env.vault ---/\nDOTENV_VAULT_CI="AAAA"\n'),
    code: "MALFORMED_VAULT",
  },
  { name: "the plaintext itself", edit: (s) => s.write(VAULT, ENV), code: "MALFORMED_VAULT" },
  {
    name: "300 000 names and a damaged token: no long search for its cause",
    edit: (s) => {
      const keyId = /v1\.[\w-]{8}/.exec(s.read(VAULT))?.[0];
      s.replace("API_KEY=", (row) => flip(row, row.length - 6));
      s.replace("#end ", (row) => `${Array.from({ length: 300_000 }, (_, index) => `X${index}=enc:${keyId}:AA`).join("\n")}\n${row}`);
    },
    code: "TAMPERED",
  },
];

const places: Row[] = [
  {
    name: "the vault is missing",
    edit: (s) => rmSync(s.path(VAULT)),
    code: "NO_VAULT",
    args: ["-e", "default"],
    env: () => ({ ENVSEAL_ENV: "default" }),
  },
  {
    name: "a vault copied to another folder",
    edit: (s) => s.write("apps/api/.env.vault", s.read(VAULT)),
    cwd: "apps/api",
    code: "UNLISTED_VAULT",
  },
  {
    name: "a vault copied over another of its environment",
    edit: (s) => s.write(WEB_VAULT, s.read(VAULT)),
    cwd: "apps/web",
    code: "FOREIGN_VAULT",
  },
  { name: "a vault copied over another environment's", edit: (s) => s.write(VAULT, s.read(PRODUCTION_VAULT)), code: "FOREIGN_VAULT" },
  { name: "a vault of another project", edit: (s) => s.write(VAULT, world.foreign.read(VAULT)), code: "FOREIGN_VAULT" },
  {
    name: "a vault and a manifest of another project, whose key is not here",
    edit: (s) => {
      s.write(VAULT, world.foreign.read(VAULT));
      s.write(MANIFEST, world.foreign.read(MANIFEST));
      rmSync(join(s.sandbox.home, "config/envseal/identities", JSON.parse(world.foreign.read(MANIFEST)).project));
    },
    code: "NO_KEY",
  },
  {
    name: "a symbolic link to another vault",
    edit: (s) => {
      rmSync(s.path(VAULT));
      symlinkSync(WEB_VAULT, s.path(VAULT));
    },
    code: "FOREIGN_VAULT",
  },
  {
    name: "a symbolic link that leads nowhere",
    edit: (s) => {
      rmSync(s.path(VAULT));
      symlinkSync("nowhere", s.path(VAULT));
    },
    args: ["-e", "default"],
    env: () => ({ ENVSEAL_ENV: "default" }),
    code: "NO_VAULT",
  },
  {
    name: "a symbolic link to itself",
    edit: (s) => {
      rmSync(s.path(VAULT));
      symlinkSync(VAULT, s.path(VAULT));
    },
    args: ["-f", VAULT],
    code: "IO",
    exit: 5,
  },
  {
    name: "a symbolic link to a device",
    edit: (s) => {
      rmSync(s.path(VAULT));
      symlinkSync("/dev/zero", s.path(VAULT));
    },
    code: "IO",
    exit: 5,
  },
  {
    name: "a folder in the vault's place",
    edit: (s) => {
      rmSync(s.path(VAULT));
      mkdirSync(s.path(VAULT));
    },
    code: "IO",
    exit: 5,
  },
  {
    name: "a copy of the manifest beside a copy of the root's vault",
    edit: (s) => {
      s.write("apps/web/envseal.json", s.read(MANIFEST));
      s.write(WEB_VAULT, s.read(VAULT));
    },
    cwd: "apps/web",
    code: "FOREIGN_VAULT",
  },
  {
    name: "the same for a deploy key",
    edit: (s) => {
      s.write("apps/web/envseal.json", s.read(MANIFEST));
      s.write(WEB_VAULT, s.read(VAULT));
    },
    cwd: "apps/web",
    env: (s) => ({ ...s.away(), ENVSEAL_KEY: world.keys.default }),
    code: "FOREIGN_VAULT",
  },
  {
    name: "a bundle's listing taken back into the repository",
    edit: (s) => {
      s.ok(["bundle", "out", "-f", WEB_VAULT, "-q"]);
      const bundled = JSON.parse(s.read("out/envseal.json")) as Manifest;
      s.manifest((manifest) => Object.assign(manifest.vaults, bundled.vaults));
      s.write(VAULT, s.read("out/.env.vault"));
      rmSync(s.path("out"), { recursive: true });
    },
    code: "MALFORMED_MANIFEST",
  },
];

const manifests: Row[] = [
  // Without a manifest the CLI says exit 2 (NOT_INITIALISED), with an injected key too; only the loader names the file.
  { name: "missing, at a desk", edit: (s) => rmSync(s.path(MANIFEST)), code: "NOT_INITIALISED", boot: "NO_MANIFEST", exit: 2 },
  {
    name: "missing, on a server",
    edit: (s) => rmSync(s.path(MANIFEST)),
    env: (s) => ({ ...s.away(), ENVSEAL_KEY: world.keys.default }),
    code: "NOT_INITIALISED",
    boot: "NO_MANIFEST",
    exit: 2,
  },
  { name: "empty", edit: (s) => s.write(MANIFEST, ""), code: "MALFORMED_MANIFEST" },
  { name: "cut off", edit: (s) => s.edit((text) => text.slice(0, text.length / 2), MANIFEST), code: "MALFORMED_MANIFEST" },
  {
    name: "a folder",
    edit: (s) => {
      rmSync(s.path(MANIFEST));
      mkdirSync(s.path(MANIFEST));
    },
    code: "IO",
    exit: 5,
  },
  { name: "a BOM", edit: (s) => s.edit((text) => `\uFEFF${text}`, MANIFEST), code: "MALFORMED_MANIFEST" },
  { name: "a comment", edit: (s) => s.edit((text) => `// x\n${text}`, MANIFEST), code: "MALFORMED_MANIFEST" },
  {
    name: "a member twice",
    edit: (s) => s.edit((text) => text.replace('"envseal": 1', '"envseal": 1, "envseal": 1'), MANIFEST),
    code: "MALFORMED_MANIFEST",
  },
  {
    name: "a member twice, once escaped",
    edit: (s) => s.edit((text) => text.replace('"envseal": 1', '"envseal": 1, "\\u0065nvseal": 1'), MANIFEST),
    code: "MALFORMED_MANIFEST",
  },
  {
    name: "a second `required`, emptied",
    edit: (s) => s.edit((text) => text.replace('"required"', '"required": [], "required"'), MANIFEST),
    code: "MALFORMED_MANIFEST",
  },
  {
    name: "__proto__ as a member",
    edit: (s) => s.edit((text) => text.replace("{", '{"__proto__": {"x": 1},'), MANIFEST),
    code: "MALFORMED_MANIFEST",
  },
  {
    name: "__proto__ as a recipient",
    edit: (s) => s.edit((text) => text.replace('"recipients": {', '"recipients": {"__proto__": {},'), MANIFEST),
    code: "MALFORMED_MANIFEST",
  },
  {
    name: "__proto__ as a key",
    edit: (s) => s.edit((text) => text.replace('"keys": {', '"keys": {"__proto__": {},'), MANIFEST),
    code: "MALFORMED_MANIFEST",
  },
  { name: "constructor as a member", edit: (s) => s.manifest((m) => Object.assign(m, { constructor: {} })), code: "MALFORMED_MANIFEST" },
  { name: "an unknown member", edit: (s) => s.entry((e) => Object.assign(e, { extra: true })), code: "MALFORMED_MANIFEST" },
  { name: "a newer format", edit: (s) => s.manifest((m) => Object.assign(m, { envseal: 2 })), code: "UNSUPPORTED_FORMAT" },
  { name: "a fraction", edit: (s) => s.entry((_, key) => Object.assign(key, { version: 1.5 })), code: "MALFORMED_MANIFEST" },
  { name: "more than 16 MiB", edit: (s) => s.write(MANIFEST, " ".repeat(17 << 20)), code: "IO", exit: 5 },
  { name: "a million levels", edit: (s) => s.write(MANIFEST, `${"[".repeat(1e6)}${"]".repeat(1e6)}`), code: "MALFORMED_MANIFEST" },
  {
    name: "a string of 10 MB",
    edit: (s) => s.write(MANIFEST, JSON.stringify({ envseal: 1, x: "a".repeat(1e7) })),
    code: "MALFORMED_MANIFEST",
  },
  {
    name: "conflict markers",
    edit: (s) => s.edit((text) => text.replace("{\n", "{\n<<<<<<< HEAD\n=======\n>>>>>>> x\n"), MANIFEST),
    code: "CONFLICT_MARKERS",
  },
  { name: "another project id", edit: (s) => s.manifest((m) => Object.assign(m, { project: "A".repeat(16) })), code: "NO_KEY" },
  {
    name: "another project id, on a server",
    edit: (s) => s.manifest((m) => Object.assign(m, { project: "A".repeat(16) })),
    env: (s) => ({ ...s.away(), ENVSEAL_KEY: world.keys.default }),
    code: "FORGED_MANIFEST",
  },
  {
    name: "`active` changed to no key",
    edit: (s) => s.entry((e) => Object.assign(e, { active: "toString" })),
    code: "MALFORMED_MANIFEST",
  },
  {
    name: "`floor` changed to no key",
    edit: (s) => s.entry((e) => Object.assign(e, { floor: "toString" })),
    code: "MALFORMED_MANIFEST",
  },
  { name: "`public` widened", edit: (s) => s.entry((e) => e.public.push("*")), code: "FORGED_MANIFEST" },
  { name: "`required` emptied", edit: (s) => s.entry((e) => e.required.splice(0)), code: "FORGED_MANIFEST" },
  { name: "`allow` extended", edit: (s) => s.entry((e) => e.allow.push({ rule: "x", reason: "y" })), code: "FORGED_MANIFEST" },
  { name: "the period changed", edit: (s) => s.entry((e) => Object.assign(e, { cryptoperiodDays: 3650 })), code: "FORGED_MANIFEST" },
  {
    name: "a key's date",
    edit: (s) => s.entry((_, key) => Object.assign(key, { created: "2020-01-01T00:00:00Z" })),
    code: "FORGED_MANIFEST",
  },
  { name: "a key's reason", edit: (s) => s.entry((_, key) => Object.assign(key, { reason: "scheduled" })), code: "FORGED_MANIFEST" },
  { name: "a key's version", edit: (s) => s.entry((_, key) => Object.assign(key, { version: 2 })), code: "FORGED_MANIFEST" },
  { name: "a key's history", edit: (s) => s.entry((_, key) => key.history.splice(0)), code: "FORGED_MANIFEST" },
  {
    name: "the active key's state",
    edit: (s) => s.entry((_, key) => Object.assign(key, { state: "compromised" })),
    code: "MALFORMED_MANIFEST",
  },
  {
    name: "the commitment replaced",
    edit: (s) => s.entry((_, key) => Object.assign(key, { commitment: `hkdf:${"A".repeat(43)}` })),
    code: "MALFORMED_MANIFEST",
  },
  {
    name: "the environment's tag of another environment",
    edit: (s) => s.manifest(({ environments: e }) => Object.assign(e.default as Environment, { tag: e.production?.tag })),
    code: "FORGED_MANIFEST",
  },
  {
    name: "the environments exchanged",
    edit: (s) => s.manifest(({ environments: e }) => Object.assign(e, { default: e.production, production: e.default })),
    code: "FORGED_MANIFEST",
  },
  {
    name: "the environment removed, its vault left",
    edit: (s) => s.manifest(({ environments: e }) => void delete e.default),
    code: "MALFORMED_MANIFEST",
  },
  { name: "the vault's listing removed", edit: (s) => s.manifest(({ vaults }) => void delete vaults[VAULT]), code: "UNLISTED_VAULT" },
  {
    name: "the vaults' listings exchanged, and the files",
    edit: (s) => {
      s.manifest(({ vaults }) => Object.assign(vaults, { [VAULT]: vaults[WEB_VAULT], [WEB_VAULT]: vaults[VAULT] }));
      const [root, web] = [s.read(VAULT), s.read(WEB_VAULT)];
      s.write(VAULT, web);
      s.write(WEB_VAULT, root);
    },
    code: "FORGED_MANIFEST",
  },
  {
    name: "a listing made for a copied vault",
    edit: (s) => {
      s.manifest(({ vaults }) => Object.assign(vaults, { "apps/api/.env.vault": vaults[VAULT] }));
      s.write("apps/api/.env.vault", s.read(VAULT));
    },
    cwd: "apps/api",
    code: "MALFORMED_MANIFEST",
  },
  { name: "own access removed", edit: (s) => s.entry((e) => void delete e.access.ada), code: "NO_ACCESS" },
  {
    name: "own recipient and access removed",
    edit: (s) =>
      s.manifest((m) => {
        delete m.recipients.ada;
        for (const e of Object.values(m.environments)) delete e.access.ada;
      }),
    code: "NO_ACCESS",
  },
  {
    name: "own recipient removed, access left",
    edit: (s) => s.manifest(({ recipients }) => void delete recipients.ada),
    code: "MALFORMED_MANIFEST",
  },
  {
    name: "own recipient replaced by another's",
    edit: (s) => s.manifest(({ recipients: r }) => Object.assign(r.ada ?? {}, { recipient: r.prod?.recipient })),
    code: "NO_ACCESS",
  },
  {
    name: "own access tag broken",
    edit: (s) => s.entry((e) => Object.assign(e.access.ada ?? {}, { tag: e.access.ci?.tag })),
    code: "FORGED_ACCESS",
  },
  {
    name: "own access of another environment",
    edit: (s) => s.manifest(({ environments: e }) => Object.assign(e.default?.access ?? {}, { ada: e.production?.access.ada })),
    code: "WRONG_KEY",
  },
  {
    name: "own access wrapped for another recipient",
    edit: (s) => s.entry((e) => Object.assign(e.access.ada ?? {}, { wrapped: e.access.ci?.wrapped })),
    code: "WRONG_KEY",
  },
  {
    name: "own access that is no age file",
    edit: (s) => s.entry((e) => Object.assign(e.access.ada ?? {}, { wrapped: "age:AAAA" })),
    code: "CORRUPT",
  },
  {
    name: "own access with a flipped payload",
    edit: (s) => s.entry((e) => Object.assign(e.access.ada ?? {}, { wrapped: flip(e.access.ada?.wrapped as string, 200) })),
    code: "CORRUPT",
  },
  {
    name: "a listed path with a terminal's control characters",
    edit: (s) => s.manifest(({ vaults }) => Object.assign(vaults, { "a\u009b31m/.env.vault": { ...vaults[VAULT], environment: "none" } })),
    code: "MALFORMED_MANIFEST",
  },
  {
    name: "a listed path whose name belongs to another environment",
    edit: (s) => s.manifest(({ vaults }) => Object.assign(vaults, { "x/.env.production.vault": vaults[VAULT] })),
    code: "MALFORMED_MANIFEST",
  },
  {
    name: "a listed path that no vault may have",
    edit: (s) => s.manifest(({ vaults }) => Object.assign(vaults, { "x/.env.local.vault": vaults[VAULT] })),
    code: "MALFORMED_MANIFEST",
  },
  {
    name: "the id of two vaults made one",
    edit: (s) => s.manifest(({ vaults }) => Object.assign(vaults[WEB_VAULT] ?? {}, { id: vaults[VAULT]?.id })),
    code: "MALFORMED_MANIFEST",
  },
];

const remade: Row[] = [
  { name: "T12: the environment made anew for the same people", edit: (s) => forge(s, "default", VAULT), code: "PIN_MISMATCH" },
  {
    name: "the same for a deploy key",
    edit: (s) => forge(s, "default", VAULT),
    env: (s) => ({ ...s.away(), ENVSEAL_KEY: world.keys.default }),
    code: "PIN_MISMATCH",
  },
  {
    name: "the same for an age identity with its pin",
    edit: (s) => forge(s, "default", VAULT),
    env: (s) => ({ ...s.away(), ENVSEAL_KEY: /^AGE-.+$/m.exec(readFileSync(s.identity, "utf8"))?.[0] as string, ENVSEAL_PIN: world.pin }),
    code: "PIN_MISMATCH",
  },
  {
    name: "the machine's pins damaged: they prove nothing",
    edit: (s) => {
      const folder = join(s.sandbox.home, "state/envseal/pins");
      for (const name of readdirSync(folder)) writeFileSync(join(folder, name), "{}x");
    },
    code: "PIN_MISMATCH",
  },
  {
    name: "production's vault made anew as another environment's",
    edit: (s) => forge(s, "evil", PRODUCTION_VAULT, PRODUCTION),
    args: ["-e", "production"],
    env: () => ({ ENVSEAL_ENV: "production" }),
    code: "MALFORMED_MANIFEST",
    boot: "FOREIGN_VAULT",
  },
  {
    name: "the default vault made anew as another environment's",
    edit: (s) => forge(s, "evil", VAULT),
    code: "MALFORMED_MANIFEST",
    boot: "FOREIGN_VAULT",
  },
  {
    name: "production's listing replaced by that of a vault of another environment",
    edit: (s) => {
      s.manifest(({ vaults }) => Object.assign(vaults, { [PRODUCTION_VAULT]: vaults[VAULT] }));
      s.write(PRODUCTION_VAULT, s.read(VAULT));
    },
    args: ["-e", "production"],
    env: () => ({ ENVSEAL_ENV: "production" }),
    code: "MALFORMED_MANIFEST",
    boot: "FOREIGN_VAULT",
  },
  {
    name: "the same, signed by somebody who holds the other environment's key alone",
    edit: (s) => {
      const manifest = parseManifest(s.read(MANIFEST));
      const { type, ...key } = parseKeyString(world.keys.default, "test");
      if (type !== "identity" || !("identity" in key)) throw new Error("there should be an identity");
      const { signer } = unlock(manifest, "default", { ...key, type, source: "test" });
      s.write(MANIFEST, serialiseManifest(withVault(manifest, signer, PRODUCTION_VAULT, manifest.vaults[VAULT]?.id as string)));
      s.write(PRODUCTION_VAULT, s.read(VAULT));
    },
    args: ["-e", "production"],
    env: () => ({ ENVSEAL_ENV: "production" }),
    code: "MALFORMED_MANIFEST",
    boot: "FOREIGN_VAULT",
  },
];

const rotations: Row[] = [
  {
    name: "a vault from before a rotation that raised the floor",
    edit: (s) => {
      const before = s.read(VAULT);
      s.ok(["rotate", "-e", "default", "--reason", "compromised", "-q"]);
      s.write(VAULT, before);
    },
    code: "BELOW_FLOOR",
  },
  {
    name: "one line from before it",
    edit: (s) => {
      const before = s.line("API_KEY=");
      s.ok(["rotate", "-e", "default", "--reason", "compromised", "-q"]);
      s.replace("API_KEY=", before);
    },
    code: "BELOW_FLOOR",
  },
  {
    name: "the floor lowered again",
    edit: (s) => {
      s.ok(["rotate", "-e", "default", "--reason", "compromised", "-q"]);
      s.entry((e) => Object.assign(e, { floor: Object.keys(e.keys).find((id) => id !== e.active) }));
    },
    code: "FORGED_MANIFEST",
  },
  {
    name: "the earlier key made active again",
    edit: (s) => {
      s.ok(["rotate", "-e", "default", "-q"]);
      s.entry((e) => {
        const [older] = Object.keys(e.keys).filter((id) => id !== e.active);
        Object.assign(e.keys[e.active] ?? {}, { state: "deactivated" });
        Object.assign(e, { active: older });
        Object.assign(e.keys[older as string] ?? {}, { state: "active" });
      });
    },
    code: "WRONG_KEY",
  },
  {
    name: "an earlier version dropped",
    edit: (s) => {
      s.ok(["rotate", "-e", "default", "-q", "--fence"]);
      s.entry((e, key) => {
        for (const id of Object.keys(e.keys)) if (id !== e.active) delete e.keys[id];
        Object.assign(key, { links: {} });
      });
    },
    code: "FORGED_MANIFEST",
  },
  {
    name: "an earlier key's state edited",
    edit: (s) => {
      s.ok(["rotate", "-e", "default", "-q"]);
      s.entry((e) => {
        for (const [id, key] of Object.entries(e.keys)) if (id !== e.active) Object.assign(key, { state: "destroyed" });
      });
    },
    code: "FORGED_MANIFEST",
  },
  {
    name: "the links of two keys exchanged",
    edit: (s) => {
      s.ok(["rotate", "-e", "default", "-q"]);
      s.ok(["rotate", "-e", "default", "-q"]);
      s.entry((e) => {
        const [a, b] = Object.values(e.keys).flatMap((key) =>
          Object.entries(key.links).map(([id, sealed]) => ({ links: key.links, id, sealed })),
        );
        if (a === undefined || b === undefined) throw new Error("there should be two links");
        a.links[a.id] = b.sealed;
        b.links[b.id] = a.sealed;
      });
    },
    code: "FORGED_MANIFEST",
  },
  {
    name: "the manifest alone set back behind a rotation",
    edit: (s) => {
      const before = s.read(MANIFEST);
      s.ok(["rotate", "-e", "default", "-q"]);
      s.write(MANIFEST, before);
    },
    code: "KEY_UNKNOWN",
  },
  {
    name: "the whole checkout set back, for a deploy key made since",
    edit: (s) => {
      const before = [s.read(MANIFEST), s.read(VAULT)] as const;
      s.ok(["rotate", "-e", "default", "-q"]);
      const key = s.ok(["deploy-key", "create", "new", "-e", "default", "-q"]).stdout.trim();
      s.write("key.txt", key);
      s.write(MANIFEST, before[0]);
      s.write(VAULT, before[1]);
    },
    env: (s) => ({ ...s.away(), ENVSEAL_KEY_FILE: s.path("key.txt") }),
    // The new deploy key is no recipient of the older manifest, which is said first.
    code: "NO_ACCESS",
  },
  {
    name: "a listing made by a forger before a rotation",
    edit: (s) => {
      s.manifest(({ vaults }) => Object.assign(vaults[WEB_VAULT] ?? {}, { id: vaults[VAULT]?.id }));
      s.write(WEB_VAULT, s.read(VAULT));
      s.envseal(["rotate", "-e", "default", "-q"]);
    },
    cwd: "apps/web",
    code: "MALFORMED_MANIFEST",
  },
  {
    name: "a listing's id changed, its vault removed: encrypt makes it again",
    edit: (s) => {
      s.manifest(({ vaults }) => Object.assign(vaults[WEB_VAULT] ?? {}, { id: vaults[VAULT]?.id }));
      rmSync(s.path(WEB_VAULT));
      s.write("apps/web/.env", WEB);
      s.envseal(["encrypt", "apps/web/.env", "-q"]);
      s.write(WEB_VAULT, s.read(VAULT));
    },
    cwd: "apps/web",
    code: "MALFORMED_MANIFEST",
  },
];

const keys: Row[] = [
  { name: "none", env: (s) => s.away(), code: "NO_KEY" },
  { name: "empty", env: (s) => ({ ...s.away(), ENVSEAL_KEY: "" }), code: "NO_KEY" },
  { name: "cut off", env: (s) => ({ ...s.away(), ENVSEAL_KEY: world.keys.default.slice(0, -3) }), code: "MALFORMED_KEY" },
  { name: "mistyped", env: (s) => ({ ...s.away(), ENVSEAL_KEY: flip(world.keys.default, 30) }), code: "MALFORMED_KEY" },
  {
    name: "relabelled for another environment",
    env: (s) => ({ ...s.away(), ENVSEAL_KEY: world.keys.production.replace("production", "default") }),
    code: "MALFORMED_KEY",
  },
  { name: "no key at all", env: (s) => ({ ...s.away(), ENVSEAL_KEY: "hunter2-hunter2" }), code: "MALFORMED_KEY" },
  { name: "a hostile kind", env: (s) => ({ ...s.away(), ENVSEAL_KEY: `esk_default_${"A".repeat(4000)}` }), code: "MALFORMED_KEY" },
  {
    name: "of another environment",
    env: (s) => ({ ...s.away(), ENVSEAL_KEY: world.keys.production, ENVSEAL_ENV: "default" }),
    code: "WRONG_KEY",
  },
  { name: "of another project", env: (s) => ({ ...s.away(), ENVSEAL_KEY: world.keys.foreign }), code: "NO_ACCESS" },
  {
    name: "T13: the identity of a stranger",
    env: (s) => ({ ...s.away(), ENVSEAL_KEY: formatIdentity(new Uint8Array(32).fill(7)), ENVSEAL_PIN: world.pin }),
    code: "NO_ACCESS",
  },
  {
    name: "an age identity without its pin",
    env: (s) => ({ ...s.away(), ENVSEAL_KEY: formatIdentity(new Uint8Array(32).fill(7)) }),
    code: "NO_PIN",
  },
  {
    name: "an age identity with a pin that is none",
    env: (s) => ({ ...s.away(), ENVSEAL_KEY: formatIdentity(new Uint8Array(32).fill(7)), ENVSEAL_PIN: "AAAA" }),
    code: "NO_PIN",
  },
  {
    name: "an age identity with another pin",
    env: (s) => ({
      ...s.away(),
      ENVSEAL_KEY: /^AGE-.+$/m.exec(readFileSync(s.identity, "utf8"))?.[0] as string,
      ENVSEAL_PIN: "A".repeat(22),
    }),
    code: "PIN_MISMATCH",
  },
  { name: "a key file that is not there", env: (s) => ({ ...s.away(), ENVSEAL_KEY_FILE: s.path("nowhere") }), code: "NO_KEY" },
  { name: "a key file that is a folder", env: (s) => ({ ...s.away(), ENVSEAL_KEY_FILE: s.folder }), code: "IO", exit: 5 },
  {
    name: "a key file that is empty",
    edit: (s) => s.write("key.txt", ""),
    env: (s) => ({ ...s.away(), ENVSEAL_KEY_FILE: s.path("key.txt") }),
    code: "MALFORMED_KEY",
  },
  { name: "an identity file that others can read", edit: (s) => chmodSync(s.identity, 0o644), code: "KEY_FILE_MODE" },
  { name: "an identity folder that others can enter", edit: (s) => chmodSync(join(s.identity, ".."), 0o755), code: "KEY_FILE_MODE" },
  {
    name: "an identity file with two identities",
    edit: (s) => writeFileSync(s.identity, readFileSync(s.identity, "utf8").repeat(2)),
    code: "MALFORMED_KEY",
  },
  {
    name: "the identity of another project",
    edit: (s) => renameSync(join(s.identity, "..", JSON.parse(world.foreign.read(MANIFEST)).project), s.identity),
    code: "NO_ACCESS",
  },
  {
    name: "a read-only key for another vault",
    env: (s) => ({ ...s.away(), ENVSEAL_KEY: world.keys.readOnly }),
    cwd: "apps/web",
    code: "WRONG_KEY",
  },
  {
    name: "a read-only key after a rotation",
    edit: (s) => void s.ok(["rotate", "-e", "default", "-q"]),
    env: (s) => ({ ...s.away(), ENVSEAL_KEY: world.keys.readOnly }),
    code: "KEY_UNKNOWN",
  },
  {
    name: "a read-only key and a moved value",
    edit: (s) => s.lines((rows) => swap(rows, at(rows, "API_KEY="), at(rows, "DB_PASSWORD="))),
    env: (s) => ({ ...s.away(), ENVSEAL_KEY: world.keys.readOnly }),
    code: "TAMPERED",
  },
  {
    name: "ENVSEAL_LOADED claimed, the names missing",
    env: (s) => ({ ...s.away(), ENVSEAL_LOADED: `default:${world.manifest.vaults[VAULT]?.id}` }),
    code: "NO_KEY",
  },
  {
    name: "ENVSEAL_LOADED claimed, one name missing",
    env: (s) => ({
      ...s.away(),
      ENVSEAL_LOADED: `default:${world.manifest.vaults[VAULT]?.id}`,
      ...{ API_KEY: "x", DB_PASSWORD: "x", FLAG: "x", PORT: "1", NEXT_PUBLIC_URL: "x" },
    }),
    code: "NO_KEY",
  },
  {
    name: "ENVSEAL_LOADED of another vault, every name set",
    env: (s) => ({
      ...s.away(),
      ENVSEAL_LOADED: `default:${world.manifest.vaults[WEB_VAULT]?.id}`,
      ...{ API_KEY: "x", DB_PASSWORD: "x", FLAG: "x", PORT: "1", NEXT_PUBLIC_URL: "x", LAST: "x" },
    }),
    code: "NO_KEY",
  },
];

const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\u2028\u2029]/;

/** Nothing of a value, a key, a token or a line of the files. */
function expectSilence(scene: Scene, { stdout, stderr }: Result): void {
  const text = stdout + stderr;
  for (const secret of [...SECRETS, ...Object.values(world.keys), "attackers-own-value", "forger-made"]) expect(text).not.toContain(secret);
  expect(text).not.toMatch(/enc:v\d|aead:|hkdf:|hmac:|age:[\w-]{4}|AGE-SECRET-KEY-1\w|esk_[a-z0-9-]+_\w|hunter2/);
  expect(text).not.toMatch(CONTROLS);
  for (const path of [VAULT, MANIFEST]) {
    for (const line of linesOf(scene, path))
      if (line.trim().length > 16 && !line.includes(" envseal:")) expect(text).not.toContain(line.trim());
  }
}

function linesOf(scene: Scene, path: string): string[] {
  const stats = lstatSync(scene.path(path), { throwIfNoEntry: false });
  if (stats === undefined || !stats.isFile() || stats.size > 1 << 20) return [];
  return scene.read(path).split(/\r?\n|\r/);
}

const codeOf = ({ stderr }: Result): string => /\[([A-Z_]{2,})\]/.exec(stderr)?.[1] ?? "none";

function expectRefusal(scene: Scene, { code, boot = code, exit, env, cwd, args = [] }: Row): void {
  const options = { env: env?.(scene) ?? {}, cwd: cwd === undefined ? scene.folder : scene.path(cwd) };
  const cli = timed(() => scene.envseal(["get", "API_KEY", ...args], options));
  expect({ cli: codeOf(cli), stdout: cli.stdout }, cli.stderr).toEqual({ cli: code, stdout: "" });
  expect(cli.code).toBe(exitCodeOf(new EnvsealError(code, "")));
  expect(exit === undefined ? [3, 4] : [exit]).toContain(cli.code);
  expect(cli.stderr).toContain("hint: ");
  expectSilence(scene, cli);
  const app = timed(() => scene.boot(options));
  expect({ app: codeOf(app), stdout: app.stdout }, app.stderr).toEqual({ app: boot, stdout: "" });
  expect(app.code).not.toBe(0);
  expectSilence(scene, app);
}

/** A refusal that takes seconds is a way to stop every boot and hook. */
function timed(run: () => Result): Result {
  const from = performance.now();
  const result = run();
  expect(performance.now() - from).toBeLessThan(5000);
  return result;
}

const tables = {
  "values and lines": swaps,
  "plaintext and public values": plaintext,
  "form of the vault": form,
  "place of the vault": places,
  manifest: manifests,
  "an environment made anew": remade,
  rotations: rotations,
  keys: keys,
};

for (const [title, rows] of Object.entries(tables)) {
  describe(`refused: ${title}`, () => {
    for (const row of rows) {
      it(row.name, async () => {
        const scene = Scene.open();
        await row.edit?.(scene);
        expectRefusal(scene, row);
      });
    }
  });
}

/** Boots through `load()` in one process for many versions of a file; prints the code of each, or what it opened. */
const MANY = `
const { load } = require("envseal");
const { readFileSync, writeFileSync } = require("node:fs");
const { path, texts } = JSON.parse(readFileSync(0, "utf8"));
const codes = texts.map((text) => {
  writeFileSync(path, text);
  const from = Date.now();
  let code;
  try { code = JSON.stringify(load({ path: ".env.vault" })); } catch (error) { code = error.name === "EnvsealError" ? error.code : String(error.stack); }
  return Date.now() - from > 2000 ? "SLOW " + code : code;
});
console.log(JSON.stringify(codes));
`;

function loadMany(scene: Scene, texts: readonly string[], path = VAULT): string[] {
  const result = scene.node(["-e", MANY], { input: JSON.stringify({ path, texts }), env: { NODE_ENV: "production" } });
  expect(result.stderr).toBe("");
  return JSON.parse(result.stdout);
}

describe("refused: wherever the cut or the change is", () => {
  const refusals = /^(MALFORMED_VAULT|CORRUPT|TAMPERED|MOVED_VALUE|KEY_UNKNOWN|FOREIGN_VAULT|UNSUPPORTED_FORMAT)$/;

  /** Every one through the loader, every tenth through the CLI too. */
  function expectAll(scene: Scene, texts: readonly string[], allowed: RegExp, path = VAULT): void {
    loadMany(scene, texts, path).forEach((code, index) => void expect(code, `variant ${index}`).toMatch(allowed));
    texts.forEach((text, index) => {
      if (index % 10 !== 0) return;
      scene.write(path, text);
      const result = scene.fails(["get", "API_KEY"]);
      expect(result.error, `variant ${index}`).toMatch(allowed);
      expectSilence(scene, result);
    });
  }

  it("cut off at every line border", () => {
    const scene = Scene.open();
    const rows = scene.read(VAULT).split("\n");
    const cuts = rows.slice(0, -1).map((_, index) => rows.slice(0, index).join("\n") + (index === 0 ? "" : "\n"));
    expectAll(scene, cuts, /^MALFORMED_VAULT$/);
  });

  it("cut off at 50 offsets", () => {
    const scene = Scene.open();
    const text = scene.read(VAULT);
    const below = random(1);
    expectAll(
      scene,
      Array.from({ length: 50 }, () => text.slice(0, below(text.length - 1))),
      /^MALFORMED_VAULT$/,
    );
  });

  it("one character changed at 200 offsets, to whatever a token or name may hold", () => {
    const scene = Scene.open();
    const text = scene.read(VAULT);
    const below = random(2);
    const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const variants: string[] = [];
    const comments = text.split("\n").filter((row) => row.startsWith("# enc:"));
    while (variants.length < 200) {
      const offset = below(text.length);
      const other = alphabet[below(64)] as string;
      // Line ends aside; the loader leaves comments closed, so a change there is the CLI's alone (next test).
      const inComment = comments.some((row) => offset >= text.indexOf(row) && offset < text.indexOf(row) + row.length);
      if (text[offset] !== "\n" && text[offset] !== other && !inComment)
        variants.push(text.slice(0, offset) + other + text.slice(offset + 1));
    }
    expectAll(scene, variants, refusals);
  });

  it("one character of the manifest changed at 100 offsets: refused, or the very same values", () => {
    const scene = Scene.open();
    const text = scene.read(MANIFEST);
    const below = random(3);
    const variants = Array.from({ length: 100 }, () => flip(text, below(text.length)));
    const [original, ...codes] = loadMany(scene, [text, ...variants], MANIFEST);
    for (const code of codes) if (code !== original) expect(code).toMatch(/^[A-Z_]+$/);
  });

  it("a damaged comment: the CLI refuses it; the loader leaves comments closed (FORMAT.md section 2)", () => {
    const scene = Scene.open();
    scene.replace("# enc:", (row) => flip(row, row.length - 6));
    const refused = scene.fails(["get", "API_KEY"]);
    expect(refused.error).toBe("TAMPERED");
    expectSilence(scene, refused);
    expect(scene.boot().stdout).toContain("APP STARTED");
  });
});

interface Accepted {
  name: string;
  edit: (scene: Scene) => void | Promise<void>;
  /** What an attacker gets by it; nothing where it is left out. */
  changed?: Record<string, string>;
  env?: (scene: Scene) => Record<string, string>;
  /** What stderr must say. */
  warns?: RegExp;
}

const VALUES = {
  API_KEY: "sk_live_0123456789",
  DB_PASSWORD: "correct horse battery",
  FLAG: "",
  PORT: "3000",
  NEXT_PUBLIC_URL: "https://shop.example",
  LAST: "tail-secret",
};

const accepted: Accepted[] = [
  { name: "CRLF everywhere", edit: (s) => s.edit((text) => text.replaceAll("\n", "\r\n")) },
  { name: "CRLF on some lines", edit: (s) => s.edit((text) => text.replace(/\n(?=PORT|#end)/g, "\r\n")) },
  { name: "more blank lines", edit: (s) => s.edit((text) => `\n\n${text.replaceAll("\n", "\n\n")}\n\n`) },
  { name: "no blank lines", edit: (s) => s.lines((rows) => rows) },
  { name: "a manifest with CRLF", edit: (s) => s.edit((text) => text.replaceAll("\n", "\r\n"), MANIFEST) },
  {
    name: "a manifest on one line, its members in another order",
    edit: (s) => s.edit((text) => JSON.stringify(Object.fromEntries(Object.entries(JSON.parse(text)).reverse())), MANIFEST),
  },
  {
    name: "the vault a symbolic link to itself elsewhere",
    edit: (s) => {
      renameSync(s.path(VAULT), s.path("elsewhere"));
      symlinkSync("elsewhere", s.path(VAULT));
    },
  },
  // Residue: comments are bound to their vault and not to their place in it.
  { name: "residue: a comment dropped", edit: (s) => s.lines((rows) => rows.filter((row) => row !== s.line("# enc:"))) },
  {
    name: "residue: a comment moved",
    edit: (s) =>
      s.lines((rows) => [...rows.filter((row) => row !== s.line("# enc:")).slice(0, -1), s.line("# enc:"), rows.at(-1) as string]),
  },
  {
    name: "residue: a comment doubled",
    edit: (s) => s.lines((rows) => rows.flatMap((row) => (row === s.line("# enc:") ? [row, row] : [row]))),
  },
  {
    name: "residue: empty lines of the plaintext added and dropped",
    edit: (s) => s.edit((text) => text.replace("\n#\n", "\n").replace("#end", "#\n#\n#end")),
  },
  // Residue: the chain binds neighbours, not time. `check --range` reports it; `rotate --fence` ends it.
  {
    name: "residue T5: one value set back, between the same neighbours",
    edit: (s) => s.replace("API_KEY=", world.earlier.vault.split("\n").find((row) => row.startsWith("API_KEY=")) as string),
    changed: { API_KEY: "old-secret" },
  },
  { name: "residue: a whole vault set back", edit: (s) => s.write(VAULT, world.earlier.vault), changed: { API_KEY: "old-secret" } },
  // Residue that FORMAT.md does not name: an environment's entry of the same key is as good as the newest, `required` included.
  { name: "residue: the manifest set back to before `require`", edit: (s) => s.write(MANIFEST, world.earlier.manifest) },
  // Not authenticated: nothing that opens or seals depends on it.
  {
    name: "a pending recipient",
    edit: (s) => s.manifest(({ recipients: r }) => Object.assign(r, { zoe: { ...r.prod, custody: { kind: "file" } } })),
  },
  {
    name: "another recipient's key replaced: spoils that entry alone",
    edit: (s) => s.manifest(({ recipients: r }) => Object.assign(r.ci ?? {}, { recipient: r.prod?.recipient })),
  },
  {
    name: "another recipient's access replaced: spoils that entry alone",
    edit: (s) => s.entry((e) => Object.assign(e.access.ci ?? {}, { wrapped: e.access.ada?.wrapped })),
  },
  {
    name: "a recipient's date, custody and the backup's date",
    edit: (s) =>
      s.manifest((m) => {
        Object.assign(m.recipients.ada ?? {}, { added: "2020-01-01", custody: { kind: "keychain" } });
        m.backup = { verified: "2020-01-01" };
      }),
  },
  {
    name: "another environment broken",
    edit: (s) => s.manifest(({ environments: e }) => Object.assign(e.production as Environment, { required: ["X"] })),
  },
  // Residue: trust on first use. A machine that has seen nothing can only ask its user to compare.
  {
    name: "residue: an environment made anew, on a machine without a pin",
    edit: (s) => forge(s, "default", VAULT),
    env: (s) => ({ XDG_STATE_HOME: join(s.sandbox.root, "no-state") }),
    changed: { LAST: "tail-forger-made" },
    warns: /pin/,
  },
  {
    name: "ENVSEAL_LOADED claimed, a key at hand: loaded all the same",
    edit: () => {},
    env: () => ({ ENVSEAL_LOADED: `default:${world.manifest.vaults[VAULT]?.id}` }),
  },
  {
    name: "DOTENV_KEY is never read",
    edit: () => {},
    env: () => ({ DOTENV_KEY: "dotenv://:key_1234@dotenvx.com/vault/.env.vault?environment=default" }),
  },
];

describe("accepted: form without meaning, and known residues", () => {
  for (const { name, edit, changed = {}, env, warns } of accepted) {
    it(name, async () => {
      const scene = Scene.open();
      await edit(scene);
      const options = { env: env?.(scene) ?? {} };
      const wanted = { ...VALUES, ...changed };
      // The app first: the CLI would pin what it sees.
      const app = scene.boot(options);
      expect(app.stdout, app.stderr).toContain("APP STARTED");
      expect(JSON.parse(app.stdout.slice("APP STARTED ".length))).toMatchObject(wanted);
      const cli = scene.ok(["export", "--format", "json"], options);
      expect(JSON.parse(cli.stdout)).toEqual(wanted);
      if (warns !== undefined) for (const { stderr } of [app, cli]) expect(stderr).toMatch(warns);
    });
  }
});

describe("what a writer must not sign or seal for somebody without the key", () => {
  /** A forger's own recipient, by a key that the test can open with. */
  function ownRecipient(): string {
    return (JSON.parse(world.foreign.read(MANIFEST)) as Manifest).recipients.ada?.recipient as string;
  }

  it("a recipient slipped in gets nothing from a rotation", () => {
    const scene = Scene.open();
    scene.manifest((manifest) => {
      manifest.recipients.mallory = { recipient: ownRecipient(), added: "2026-01-01" };
      Object.assign(manifest.environments.default?.access ?? {}, { mallory: manifest.environments.default?.access.ada });
    });
    expect(scene.ok(["rotate", "-e", "default"]).stderr).toContain("mallory");
    expect(Object.keys(parseManifest(scene.read(MANIFEST)).environments.default?.access ?? {}).sort()).toEqual(["ada", "ci"]);
  });

  it("a recipient whose key was replaced gets nothing from a rotation", () => {
    const scene = Scene.open();
    scene.manifest(({ recipients }) => Object.assign(recipients.ci ?? {}, { recipient: ownRecipient() }));
    scene.ok(["rotate", "-e", "default", "-q"]);
    expect(Object.keys(parseManifest(scene.read(MANIFEST)).environments.default?.access ?? {})).toEqual(["ada"]);
  });

  it("a recovery recipient slipped in gets no new environment", () => {
    const scene = Scene.open();
    scene.manifest(({ recipients }) => {
      recipients.backup = { recipient: ownRecipient(), added: "2026-01-01", custody: { kind: "recovery", confirmed: "2026-01-01" } };
    });
    scene.write(".env.staging", "API_KEY=staging-secret\n");
    scene.envseal(["init", "--yes", "--no-hooks", "-q"]);
    const { environments } = parseManifest(scene.read(MANIFEST));
    expect(Object.keys(environments.staging?.access ?? {})).not.toContain("backup");
  });

  it("set never seals to a forger", async () => {
    const scene = Scene.open();
    await forge(scene, "evil", PRODUCTION_VAULT, PRODUCTION);
    const before = scene.read(PRODUCTION_VAULT);
    scene.envseal(["set", "API_KEY", "-e", "production", "-q"], { input: "typed-by-the-victim" });
    expect(scene.read(PRODUCTION_VAULT)).toBe(before);
  });

  it("load({ path }) holds a file to its name's environment", async () => {
    const scene = Scene.open();
    await forge(scene, "evil", PRODUCTION_VAULT, PRODUCTION);
    const result = scene.node(["-e", "console.log(require('envseal').load({ path: '.env.production.vault' }))"]);
    expect(result.code).not.toBe(0);
  });

  it("an environment that vanished is not made anew over its pin", () => {
    const scene = Scene.open();
    scene.manifest((manifest) => {
      delete manifest.environments.production;
      delete manifest.vaults[PRODUCTION_VAULT];
    });
    rmSync(scene.path(PRODUCTION_VAULT));
    scene.write(".env.production", PRODUCTION);
    expect(scene.fails(["init", "--yes", "--no-hooks", "-q"]).code).toBe(4);
  });

  it("init leaves a vault alone whose manifest is gone", () => {
    const scene = Scene.open();
    rmSync(scene.path(MANIFEST));
    const before = scene.read(VAULT);
    scene.envseal(["init", "--yes", "--no-hooks", "-q", "--no-recovery"]);
    expect(scene.read(VAULT)).toBe(before);
  });

  it("init leaves a vault of dotenv-vault alone", () => {
    const scene = Scene.open();
    rmSync(scene.path(MANIFEST));
    scene.write(".env", ENV);
    scene.write(VAULT, '#/--- .env.vault ---/\nDOTENV_VAULT_CI="AAAA"\n');
    scene.envseal(["init", "--yes", "--no-hooks", "-q", "--no-recovery"]);
    expect(scene.read(VAULT)).toContain("DOTENV_VAULT_CI");
  });

  it("revoke rotates although the leaver removed their own entry", () => {
    const scene = Scene.open();
    scene.ok(["grant", "mallory", ownRecipient(), "-e", "default", "--yes", "-q"]);
    scene.entry((entry) => void delete entry.access.mallory);
    const result = scene.envseal(["revoke", "mallory", "--yes"]);
    const { environments } = parseManifest(scene.read(MANIFEST));
    const rotated = environments.default?.active !== world.manifest.environments.default?.active;
    expect(rotated || result.code !== 0 || /rotate/.test(result.stderr)).toBe(true);
  });
});

describe("names of Object.prototype", () => {
  const NAMES = { toString: "a", constructor: "b", hasOwnProperty: "c", valueOf: "d", A: "e" };

  function named(files: Record<string, string>): Project {
    const box = new Sandbox();
    onTestFinished(() => box.remove());
    const project = box.project({ ...files, "app.cjs": "console.log(JSON.stringify(Object.entries(process.env)))" });
    project.ok(["init", "--yes", "--no-hooks", "-q", "--no-recovery"]);
    project.install();
    return project;
  }

  const text = Object.entries(NAMES)
    .map(([name, value]) => `${name}=${value}\n`)
    .join("");

  it("as variables: sealed, listed and exported as any other", () => {
    const project = named({ ".env": text });
    expect(JSON.parse(project.ok(["export", "--format", "json"]).stdout)).toEqual(NAMES);
    expect(project.ok(["get", "toString"]).stdout).toBe("a\n");
    expect(project.fails(["get", "isPrototypeOf"]).error).toBe("NOT_SET");
  });

  it("as variables: they reach the app === undefined sees the prototype, and the value is dropped in silence]", () => {
    const project = named({ ".env": text });
    const boot = project.node(["-r", "envseal/config", "app.cjs"]);
    expect(Object.fromEntries(JSON.parse(boot.stdout))).toMatchObject(NAMES);
  });

  it("as an environment, on a machine without pins finds Object's constructor: exit 70]", () => {
    const project = named({ ".env.constructor": "A=1\n" });
    const env = { XDG_STATE_HOME: join(project.sandbox.root, "no-state") };
    expect(project.ok(["get", "A", "-e", "constructor"], { env }).stdout).toBe("1\n");
  });

  it("as a recipient who joins without hasOwn: 'there is a recipient constructor already']", () => {
    const project = named({ ".env": "A=1\n" });
    project.ok(["join", "--name", "constructor"], { env: project.sandbox.otherHome("new") });
  });

  it("as a deploy key", () => {
    const project = named({ ".env": "A=1\n" });
    const key = project.ok(["deploy-key", "create", "constructor", "-q"]).stdout.trim();
    const env = { ...project.sandbox.otherHome("server"), ENVSEAL_KEY: key };
    expect(project.ok(["get", "A"], { env }).stdout).toBe("1\n");
  });
});
