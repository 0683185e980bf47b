import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Manifest } from "../../../../src/core/authority/manifest.ts";
import { signingSeed } from "../../../../src/core/authority/statement.ts";
import { parseKeyString } from "../../../../src/core/keys/keystring.ts";
import { parseManifest } from "../../../../src/core/manifest/manifest-text.ts";
import { parseIdentityText } from "../../../../src/custody/identity-file.ts";
import { copyTree } from "../../../support/copy.ts";
import { type Forger, forgerOf } from "../../../support/forger.ts";
import { Project, Sandbox } from "../../../support/sandbox.ts";

/** Who acts. Eve is an admin until main takes her role and access away, which her branch does not know. */
export const ROLES = ["admin", "rotator", "member", "deploy key", "removed admin", "nobody"] as const;
export type Role = (typeof ROLES)[number];

const NAMES: Record<Role, string> = {
  admin: "bob",
  rotator: "rita",
  member: "mike",
  "deploy key": "server",
  "removed admin": "eve",
  nobody: "mallory",
};

/** A project with somebody of each role, a person to be granted (nora) and one to be revoked (zoe): made once, copied for each cell. */
export class Base {
  private readonly box = new Sandbox();
  /** The deploy key's string. */
  private readonly key: string;
  private readonly pin: string;

  constructor() {
    const project = this.box.project({
      ".env": "API_KEY=sk_live_0123456789ab\nOTHER=other-value-0123456789\n",
      ".env.production": "API_KEY=sk_live_9876543210ab\n",
      "package.json": '{"name":"shop","private":true}\n',
    });
    project.ok(["init", "--yes", "-q"]);
    const person = (name: string, ...given: string[]) => project.teammate(name, ...given);
    person("bob", "--all", "--admin");
    person("eve", "--all", "--admin");
    person("mike", "--all");
    person("zoe", "-e", "default");
    project.ok(["rotate", "-e", "default", "-q"]);
    person("rita", "-e", "default", "--rotate");
    this.key = project.ok(["deploy-key", "create", "server", "-e", "default", "-q"]).stdout.trim();
    project.ok(["join", "--name", "nora", "-q"], { env: this.box.otherHome("nora") });
    // Everybody acts in one work tree: each would find the plaintext of another.
    for (const name of [".env", ".env.production"]) rmSync(project.path(name));
    this.pin = JSON.parse(project.ok(["status", "--json"]).stdout).pin;
    project.install();
    project.write(".git/info/exclude", "node_modules\n");
    project.commitAll("base");
    project.git("tag", "base");
    project.git("init", "-q", "--bare", "../origin.git");
    project.git("remote", "add", "origin", "../origin.git");
    project.git("push", "-q", "-u", "origin", "main");
  }

  cell(): Cell {
    const box = new Sandbox();
    copyTree(this.box.root, box.root);
    const cell = new Cell(box, this.key, this.pin);
    // A copy is another clone.
    cell.project.ok(["hooks", "install", "-q"]);
    return cell;
  }

  remove(): void {
    this.box.remove();
  }
}

export class Cell {
  readonly box: Sandbox;
  readonly project: Project;
  /** Of the base. */
  readonly pin: string;
  private readonly key: string;

  constructor(box: Sandbox, key: string, pin: string) {
    this.box = box;
    this.key = key;
    this.pin = pin;
    this.project = new Project(box, join(box.root, "repo"));
  }

  as(role: Role): Record<string, string> {
    return this.home(NAMES[role]);
  }

  home(name: string): Record<string, string> {
    return { ...this.box.otherHome(name), ...(name === "server" && { ENVSEAL_KEY: this.key }) };
  }

  manifest(): Manifest {
    return parseManifest(this.project.read("envseal.json"));
  }

  identity(role: Role): Uint8Array | null {
    if (role === "nobody") return null;
    if (role === "deploy key") {
      const parsed = parseKeyString(this.key, "the test");
      return parsed.type === "identity" ? parsed.identity : null;
    }
    const file = join(this.box.root, NAMES[role], "config/envseal/identities", this.manifest().project);
    return parseIdentityText(readFileSync(file, "utf8"), role);
  }

  /** What they sign with, under their own name. */
  hand(role: Role): Forger {
    const forger = forgerOf(this.manifest());
    const identity = this.identity(role);
    return identity === null ? forger : { ...forger, name: NAMES[role], seed: signingSeed(identity, this.manifest().project) };
  }

  /** main as it was when a state was kept, whatever another way made of it since. */
  restart(kept: string): void {
    this.recall(kept);
    this.project.git("checkout", "-q", "-f", "-B", "main", `kept-${kept}`);
    this.project.git("clean", "-qfd");
    this.unguarded("push", "-q", "-f", "origin", "main", "side");
  }

  /** Keeps what this machine has seen and recorded, with the commit at hand. */
  keep(name: string): void {
    this.project.git("tag", `kept-${name}`);
    for (const [saved, place] of this.records(name)) copyTree(place, saved);
  }

  recall(name: string): void {
    for (const [saved, place] of this.records(name)) {
      rmSync(place, { recursive: true, force: true });
      copyTree(saved, place);
    }
  }

  private records(name: string): [string, string][] {
    return [
      [join(this.box.root, `kept-${name}`, "state"), join(this.box.home, "state")],
      [join(this.box.root, `kept-${name}`, "records"), this.project.path(".git/envseal")],
    ];
  }

  /** A clone as a web site has one. */
  web(): Project {
    rmSync(join(this.box.root, "web"), { recursive: true, force: true });
    return this.project.clone("web");
  }

  /** git without hooks: `--no-verify` leaves some of them. */
  unguarded(...args: string[]): void {
    this.project.git("-c", `core.hooksPath=${join(this.box.root, "no-hooks")}`, ...args);
  }

  /** git, whatever it ends with. */
  git(...args: string[]): { code: number; output: string } {
    const { code, stdout, stderr } = this.project.execute(["git", "-c", "core.editor=true", ...args]);
    return { code, output: stdout + stderr };
  }

  commitUnseen(message: string): void {
    this.project.git("add", "-A");
    this.unguarded("commit", "-q", "--allow-empty", "-m", message);
  }

  unmerged(): string[] {
    return this.project.git("diff", "--name-only", "--diff-filter=U").split("\n").filter(Boolean);
  }
}
