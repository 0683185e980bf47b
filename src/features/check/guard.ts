import type { Context } from "../../context.ts";
import { append } from "../../core/append.ts";
import type { Keyring } from "../../core/keys/keyring.ts";
import { EnvsealError } from "../../errors.ts";
import type { Staged } from "../../git/blobs.ts";
import type { Version } from "../../git/objects.ts";
import { ContentSearch } from "../../guard/content.ts";
import type { Finding } from "../../guard/finding.ts";
import { LeakSearch } from "../../guard/leaks.ts";
import { inspectFile, inspectLarge, inspectLink, inspectName, inspectSpelling } from "../../guard/rules.ts";
import { shellWord } from "../../printable.ts";
import { merged, type Templates } from "../../project/templates.ts";
import { count } from "../../ui/output.ts";
import type { Project } from "../../workspace/project.ts";
import { templateValues } from "../../workspace/template-values.ts";
import { AtHead } from "./at-head.ts";
import { projectsHere, recordedTemplates } from "./guarded-projects.ts";
import { type Confined, LetThrough } from "./let-through.ts";
import { addFromOtherTrees } from "./other-trees.ts";
import { type KnownSecrets, knownSecrets, nothingKnown } from "./secret-values.ts";

/** Parts of a large file overlap by the longest value as it may be written: with so many bytes for each of its own, at least so many. */
const OVERLAP = { each: 12, least: 64 << 10, most: 8 << 20 };

/** The mode of a symbolic link: its content is the text of its target. */
export const LINK = "120000";

const UNDECIDED = "its pin is not confirmed on this machine (envseal pin confirm), or somebody lost access since this was signed";

const NOT_HERE = "of Git LFS whose content is not in this clone: not looked at";

/** What a guard is opened for. */
interface Asked {
  /** True where there is time to look into every earlier version of the vaults, and into every branch. */
  update: boolean;
  /** Objects whose vaults count too, and that no ref has yet. */
  incoming?: readonly string[];
  /** Vaults of the index, which the work tree may have otherwise. */
  staged?: readonly Version[];
  /** Vaults that those of the index replace: their values are earlier ones from now on. */
  replaced?: readonly Version[];
  /** How the index differs from HEAD, where that was asked. */
  changes?: Staged;
  /** Commits that are about to be recorded elsewhere. */
  tips?: readonly string[];
  /** The commit that what is looked at is compared with, where there is one. */
  base?: string | undefined;
}

/** One engine for every door: what is inspected is what git will really record. */
export class Guard {
  /** None where there is no manifest: names, forms and key strings are looked for all the same. */
  readonly projects: readonly Project[];
  /** The opened keys, and what is wrong with a manifest or a key, where something is. */
  readonly keyrings: readonly Keyring[];
  /** Those of them whose settings may let something through. */
  readonly deciding: readonly Keyring[];
  readonly problem: EnvsealError | null;
  /** Environments whose values were not searched for. */
  readonly unseen: readonly string[];
  readonly broken: KnownSecrets["broken"];
  /** What else was not looked at, a line each. */
  readonly notes: string[];
  private readonly letThrough: LetThrough;
  private readonly leaks: LeakSearch;
  private readonly search: ContentSearch;
  private readonly overlap: number;
  private pointers = 0;
  /** Of large files that are under way: where the part before ended. */
  private readonly tails = new Map<string, Buffer>();

  private constructor(
    projects: readonly Project[],
    leaks: LeakSearch,
    known: Omit<KnownSecrets, "secrets">,
    confined: ReadonlyMap<Keyring, string>,
  ) {
    this.projects = projects;
    this.leaks = leaks;
    this.search = new ContentSearch(leaks);
    this.overlap = Math.min(Math.max(leaks.longest * OVERLAP.each, OVERLAP.least), OVERLAP.most);
    this.keyrings = known.keyrings;
    this.deciding = known.keyrings.filter((keyring) => !known.undecided.has(keyring));
    this.letThrough = new LetThrough(this.deciding, confined);
    const decides = (ring: Keyring) =>
      this.deciding.some(({ environment, manifest }) => environment === ring.environment && manifest.project === ring.manifest.project);
    for (const ring of known.undecided)
      if (ring.settings.allow.length > 0 && !decides(ring))
        known.notes.push(`what ${ring.environment} lets through does not count: ${UNDECIDED}`);
    this.unseen = known.unseen;
    this.problem = known.problem;
    this.broken = known.broken;
    this.notes = [...new Set(known.notes)];
  }

  static async open(context: Context, asked: Asked): Promise<Guard> {
    const { update, incoming = [], staged = [], replaced = [], tips = [], base, changes } = asked;
    const known = nothingKnown();
    const projects: Project[] = [];
    const templates: Templates[] = [];
    const confined = new Map<Keyring, string>();
    const { projects: here, repository } = projectsHere(context, known.notes, changes !== undefined);
    const atHead = repository === null || changes === undefined ? null : new AtHead(repository.top, repository.vaults, changes);
    for (const { open, bare, beside } of here) {
      try {
        const project = open();
        if (beside !== undefined && projects[0]?.manifest.project === project.manifest.project) continue;
        const { secrets, keyrings, undecided, unseen, problem, broken, notes } = await knownSecrets(project, context, {
          update,
          bare,
          incoming,
          staged,
          replaced,
          atHead,
        });
        projects.push(project);
        append(known.secrets, secrets);
        append(known.keyrings, keyrings);
        for (const keyring of undecided) known.undecided.add(keyring);
        if (beside !== undefined && beside !== ".") for (const keyring of keyrings) confined.set(keyring, `${beside}/`);
        append(known.unseen, unseen);
        known.problem ??= problem;
        append(known.broken, broken);
        append(known.notes, notes);
        templates.push(templateValues(project));
      } catch (error) {
        if (!(error instanceof EnvsealError)) throw error;
        if (error.code !== "NOT_INITIALISED") known.problem ??= error;
      }
    }
    if (repository !== null) {
      const folders = await addFromOtherTrees({ ...repository, projects, known }, [...tips, ...incoming], update, context);
      for (const [keyring, folder] of folders) if (projects.length > 0 && folder !== ".") confined.set(keyring, `${folder}/`);
    }
    let recorded: Templates | undefined;
    const asRecorded = () => (recorded ??= merged(base === undefined ? [] : projects.map((project) => recordedTemplates(project, base))));
    return new Guard(projects, new LeakSearch(known.secrets, merged(templates), asRecorded), known, confined);
  }

  /** Objects that a partial clone has not fetched; the remote has them. */
  notLookedAt(objects: number): void {
    if (objects > 0) this.notes.push(`${count(objects, "object")} that this partial clone has not fetched: not looked at`);
  }

  /** Pointers of Git LFS whose content is not in this clone. */
  contentNotHere(): void {
    const told = this.notes.findIndex((note) => note.endsWith(NOT_HERE));
    this.notes.splice(told === -1 ? this.notes.length : told, 1, `${count(++this.pointers, "file")} ${NOT_HERE}`);
  }

  /** One for each place with so many nested encodings that not all of them were undone. */
  get leftOut(): Finding[] {
    return [...this.search.leftOut].map((path) => ({
      rule: "leak",
      path,
      message: `${path} has too many nested encodings: not all of them were looked into`,
      fix: `no file that a person or a program needs is written so; if this one is, let it through: envseal allow leak --path ${shellWord(path)} -e NAME --reason "why"`,
    }));
  }

  /** How many values are searched for. */
  get size(): number {
    return this.leaks.size;
  }

  /** The environments whose settings let something through. */
  get allowedBy(): ReadonlySet<string> {
    return this.letThrough.by;
  }

  /** The findings that no entry of an opened environment lets through. @param more entries that count, too */
  withoutAllowed(findings: readonly Finding[], more: readonly Confined[] = []): Finding[] {
    return this.letThrough.without(findings, more);
  }

  /** What is wrong with a file of the repository. @param part of a large file, in order @param mode as git records it */
  file(path: string, content: Buffer, part: { from: number; last: boolean } = { from: 0, last: true }, mode?: string): Finding[] {
    const structure = this.structure(path, content, part, mode);
    // In a file that must not be there at all, each value is no further news; in one that the manifest lets through, it is.
    const stopped =
      structure.some(({ rule }) => rule === "plaintext-file" || rule === "env-link") && this.withoutAllowed(structure).length > 0;
    return stopped ? structure : [...structure, ...this.text(path, content, part)];
  }

  /** What is wrong with a file for its name and form. */
  structure(path: string, content: Buffer, { from, last }: { from: number; last: boolean }, mode?: string): Finding[] {
    if (from > 0) return [];
    return last ? (mode === LINK ? inspectLink : inspectFile)(path, content) : inspectLarge(path);
  }

  /** True where a text of plain words (see words.ts) holds nothing that `text` would find: keys are long, so they show. */
  get showsAmongWords(): boolean {
    return this.leaks.showsAmongWords;
  }

  /** True where `text` would find nothing in any of the texts that stand in a row here. */
  isClean(row: Buffer): boolean {
    return this.search.isClean(row);
  }

  /** What is wrong with a file for its name alone. */
  name(path: string): Finding[] {
    return [...inspectName(path), ...inspectSpelling(path)];
  }

  /** What must stand nowhere: in a file, a message, a name. @param what a path, or words such as `the message of 1a2b3c4d` */
  text(what: string, content: Buffer, { from, last }: { from: number; last: boolean } = { from: 0, last: true }): Finding[] {
    const joined = from === 0 ? content : Buffer.concat([this.tails.get(what) ?? Buffer.alloc(0), content]);
    if (last) this.tails.delete(what);
    else this.tails.set(what, Buffer.from(joined.subarray(-this.overlap)));
    const findings = this.search.inspect(what, joined);
    return from === 0 ? findings : findings.map(({ line: _line, ...rest }) => rest);
  }
}
