import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { AuthorityStatement } from "../../../src/core/authority/authority.ts";
import type { EnvironmentStatement, KeyEntry } from "../../../src/core/authority/environment-statement.ts";
import type { Environment, Manifest } from "../../../src/core/authority/manifest.ts";
import { parseManifest, serialiseManifest } from "../../../src/core/manifest/manifest-text.ts";
import { copyTree } from "../../support/copy.ts";
import { madeAnew, withOwnRoot } from "../../support/forger.ts";
import { Project, type Result, Sandbox } from "../../support/sandbox.ts";
import { ENV, MANIFEST, VAULT, world } from "./world.ts";

const APP = "console.log('APP STARTED', JSON.stringify(process.env));\n";

/** A copy of the world's repository and of Ada's home, for one row to spoil. */
export class Scene extends Project {
  static open(): Scene {
    const root = mkdtempSync(join(world.sandbox.root, "row-"));
    onTestFinished(() => rmSync(root, { recursive: true, force: true }));
    const hooks = world.project.path(".git/hooks");
    cpSync(world.project.folder, join(root, "repo"), { recursive: true, filter: (path) => path !== hooks });
    copyTree(world.sandbox.home, join(root, "home"));
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

  editManifest(change: (manifest: Manifest) => void): void {
    const manifest = JSON.parse(this.read(MANIFEST)) as Manifest;
    change(manifest);
    this.write(MANIFEST, `${JSON.stringify(manifest, null, 2)}\n`);
  }

  /** Changes the entry of `default`, and its active key, without signing anything. */
  entry(change: (entry: Environment, key: KeyEntry) => void): void {
    this.editManifest(({ environments }) => {
      const entry = environments.default as Environment;
      change(entry, entry.statement.keys[entry.statement.active] as KeyEntry);
    });
  }

  editStatement(change: (statement: EnvironmentStatement) => void): void {
    this.entry(({ statement }) => change(statement));
  }

  /** Changes the statement of the authority that is in force, without signing it. */
  head(change: (head: AuthorityStatement) => void): void {
    this.editManifest(({ authority }) => change(authority.at(-1) as AuthorityStatement));
  }

  get identity(): string {
    return join(this.sandbox.home, "config/envseal/identities", world.manifest.project);
  }

  boot(options: Parameters<Project["node"]>[1] = {}): Result {
    return this.node(["-r", "envseal/config", this.path("app.cjs")], options);
  }
}

export const tokenOf = (line: string): string => /enc:v\S+$/.exec(line)?.[0] ?? "";
export const withToken = (line: string, token: string): string => line.slice(0, -tokenOf(line).length) + token;
export const at = (rows: readonly string[], start: string): number => rows.findIndex((row) => row.startsWith(start));

export function swap(rows: readonly string[], a: number, b: number): string[] {
  const next = [...rows];
  [next[a], next[b]] = [rows[b] as string, rows[a] as string];
  return next;
}

/** Another valid character of base64url where it changes bits that count. */
export function flip(text: string, offset: number): string {
  const other = text[offset] === "A" ? "B" : "A";
  return text.slice(0, offset) + other + text.slice(offset + 1);
}

/** What a forger can make with nothing but this repository: an environment with a new key for its public recipients. */
export async function forge(scene: Scene, environment: string, path: string, text = ENV): Promise<void> {
  const today = parseManifest(scene.read(MANIFEST));
  const { manifest, vault } = await madeAnew(today, environment, path, text.replaceAll("secret", "forger-made"));
  scene.write(MANIFEST, serialiseManifest(manifest));
  scene.write(path, vault);
}

/** The same with an authority made anew, of which he is an admin: every signature is genuine under it. */
export async function forgeRoot(scene: Scene, environment: string, path: string, text = ENV): Promise<void> {
  await forge(scene, environment, path, text);
  scene.write(MANIFEST, serialiseManifest(withOwnRoot(parseManifest(scene.read(MANIFEST)), [environment])));
}
