import { realpathSync } from "node:fs";
import { basename, join, relative, sep } from "node:path";
import type { Keyring } from "../core/keyring.ts";
import { MAX_VAULT_BYTES } from "../core/limits.ts";
import { MANIFEST_NAME } from "../core/manifest.ts";
import { classifyFile } from "../core/names.ts";
import { EnvsealError } from "../errors.ts";
import { runGit } from "../git/process.ts";
import { withoutAllowed } from "../guard/allow.ts";
import type { Finding } from "../guard/finding.ts";
import { inspectKeys } from "../guard/key-strings.ts";
import { LeakSearch } from "../guard/leaks.ts";
import { inspectFile } from "../guard/rules.ts";
import { findManifestPath, readManifest } from "../project/find.ts";
import { readBounded } from "../project/read.ts";
import type { Context } from "../ui/context.ts";
import { now } from "./environments.ts";
import { openProject, type Project } from "./project.ts";
import { type KnownSecrets, knownSecrets } from "./secret-values.ts";

/** Longer than any form of a value that is worth finding across two parts of a large file. */
const OVERLAP = 64 << 10;

/** One engine for every door: what is inspected is what git will really record. */
export class Guard {
  /** None where there is no manifest: names, forms and key strings are looked for all the same. */
  readonly projects: readonly Project[];
  /** The opened keys, and what is wrong with a manifest or a key, where something is. */
  readonly keyrings: readonly Keyring[];
  readonly problem: EnvsealError | null;
  /** Environments whose values were not searched for. */
  readonly unseen: readonly string[];
  private readonly leaks: LeakSearch;
  private tail: Buffer = Buffer.alloc(0);

  private constructor(projects: readonly Project[], leaks: LeakSearch, known: Omit<KnownSecrets, "secrets">) {
    this.projects = projects;
    this.leaks = leaks;
    this.keyrings = known.keyrings;
    this.unseen = known.unseen;
    this.problem = known.problem;
  }

  /** @param update true where there is time to look into every earlier version of the vaults */
  static async open(context: Context, update: boolean): Promise<Guard> {
    const known: KnownSecrets = { secrets: [], keyrings: [], unseen: [], problem: null };
    const projects: Project[] = [];
    const templates = new Map<string, string>();
    for (const open of manifestsHere(context)) {
      try {
        const project = open();
        const { secrets, keyrings, unseen, problem } = await knownSecrets(project, context, update);
        projects.push(project);
        known.secrets.push(...secrets);
        known.keyrings.push(...keyrings);
        known.unseen.push(...unseen);
        known.problem ??= problem;
        for (const [name, value] of await templateValues(project)) templates.set(name, value);
      } catch (error) {
        if (!(error instanceof EnvsealError)) throw error;
        if (error.code !== "NOT_INITIALISED") known.problem ??= error;
      }
    }
    return new Guard(projects, new LeakSearch(known.secrets, templates), known);
  }

  /** How many values are searched for. */
  get size(): number {
    return this.leaks.size;
  }

  /** The findings that no entry of an opened environment lets through. */
  withoutAllowed(findings: readonly Finding[]): Finding[] {
    const allow = this.keyrings.flatMap(({ entry }) => entry.allow);
    return withoutAllowed(findings, allow, () => now().slice(0, 10));
  }

  /** What is wrong with a file of the repository. @param part of a large file, in order */
  file(path: string, content: Buffer, part: { from: number; last: boolean } = { from: 0, last: true }): Finding[] {
    const structure = part.from === 0 ? structureOf(path, content, part.last) : [];
    // In a file that must not be there at all, each value is no further news.
    return structure.some(({ rule }) => rule === "plaintext-file") ? structure : [...structure, ...this.text(path, content, part)];
  }

  /** True where `text` would find nothing in any of the texts that stand in a row here. */
  isClean(row: Buffer): boolean {
    return this.leaks.isClean(row) && inspectKeys("", row).length === 0;
  }

  /** What must stand nowhere: in a file, a message, a name. @param what a path, or words such as `the message of 1a2b3c4d` */
  text(what: string, content: Buffer, { from, last }: { from: number; last: boolean } = { from: 0, last: true }): Finding[] {
    const joined = from === 0 ? content : Buffer.concat([this.tail, content]);
    this.tail = last ? Buffer.alloc(0) : Buffer.from(joined.subarray(-OVERLAP));
    const findings: Finding[] = [...inspectKeys(what, joined), ...this.leaks.inspect(what, joined)];
    return from === 0 ? findings : findings.map(({ line: _line, ...rest }) => rest);
  }
}

/** Of a file that comes in parts, only its name is judged: it is too large for a vault or manifest. */
function structureOf(path: string, content: Buffer, whole: boolean): Finding[] {
  return whole ? inspectFile(path, content) : inspectFile(path, Buffer.alloc(0)).filter(({ rule }) => rule === "plaintext-file");
}

/** The project around the current folder; where there is none, those whose manifests git tracks: hooks run at the top folder. */
function manifestsHere(context: Context): (() => Project)[] {
  const here = () => openProject(context);
  if (context.env.ENVSEAL_MANIFEST || findManifestPath(context.cwd) !== null) return [here];
  const { status, stdout } = runGit(context.cwd, ["ls-files", "-z", "--", `:(glob)**/${MANIFEST_NAME}`]);
  const tracked = status === 0 ? stdout.toString("utf8").split("\0").filter(Boolean) : [];
  return tracked.length === 0 ? [here] : tracked.map((path) => () => readManifest(join(context.cwd, path)));
}

const TEMPLATES = [".env.example", ".env.sample", ".env.template", ".env.dist", ".env.defaults"];

/** What the templates beside the vaults say in clear is public. */
async function templateValues({ root, manifest }: Project): Promise<Map<string, string>> {
  const values = new Map<string, string>();
  const folders = new Set(Object.keys(manifest.vaults).map((path) => join(root, path, "..")));
  for (const path of [...folders].flatMap((folder) => TEMPLATES.map((name) => join(folder, name)))) {
    const content = readBounded(path, MAX_VAULT_BYTES);
    if (content === null) continue;
    const { parse } = await import("dotenv");
    for (const [name, value] of Object.entries(parse(content))) values.set(name, value);
  }
  return values;
}

/** A path of the repository as the manifest would list it, or null where it lies outside the project. */
export function listedPathOf(project: Project, top: string, path: string): string | null {
  if (classifyFile(basename(path))?.kind !== "vault") return null;
  const inside = relative(realpathSync(project.root), join(top, path)).split(sep).join("/");
  return inside.startsWith("../") ? null : inside;
}
