import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import type { Unlocked } from "../../age/unlock.ts";
import type { Context } from "../../context.ts";
import { append } from "../../core/append.ts";
import { environmentEntries, headOf } from "../../core/authority/authority-of.ts";
import { type Manifest, vaultPathsOf } from "../../core/authority/manifest.ts";
import type { SeenProject } from "../../core/authority/seen.ts";
import { fromUtf8 } from "../../core/bytes.ts";
import type { Keyring } from "../../core/keys/keyring.ts";
import { MAX_MANIFEST_BYTES } from "../../core/limits.ts";
import { manifestIn } from "../../core/manifest/manifest-text.ts";
import { isManifest } from "../../core/names.ts";
import { isEnvsealError } from "../../errors.ts";
import { type BlobEntry, blobsAtTree, readBlobs } from "../../git/blobs.ts";
import { MANIFEST_FILES } from "../../git/objects.ts";
import { commitsOf, filesAt, missingInIndex, newestRefs, type TreeFile } from "../../git/trees.ts";
import { readSeen } from "../../project/pins.ts";
import { readBounded } from "../../system/read.ts";
import type { Project } from "../../workspace/project.ts";
import { unlockAtHand } from "../../workspace/unlock-at-hand.ts";
import { earlierSecrets, secretsOf } from "./earlier-values.ts";
import { addKeyring, type KnownSecrets, versionsEver } from "./secret-values.ts";

/** How many refs are asked beside those that are known by name. */
const REFS = 64;
/** All manifests of them together: refs are anybody's to push. */
const MAX_BYTES = 16 << 20;
/** Where the default branch is, where the clone says so or it has a usual name. */
const DEFAULTS = ["remotes/origin/HEAD", "remotes/origin/main", "remotes/origin/master", "heads/main", "heads/master"].map(
  (name) => `refs/${name}`,
);

/** What is known of the work tree's own projects, and where git has their manifests. */
export interface Here {
  top: string;
  projects: readonly Project[];
  known: KnownSecrets;
  /** The manifests of the index, by path from the top. */
  tracked: readonly BlobEntry[];
}

/**
 * The values that the work tree's own manifests do not lead to: of the index, of what is about to be pushed, of HEAD, upstream,
 * the default branch and the newest refs. A branch without a manifest is searched with theirs, and one that drops an environment
 * for its values all the same. Of a ref that anybody may have pushed, an environment counts where this machine has seen it.
 * @param tips commits that are about to be recorded
 * @param update true where there is time to look into every earlier version of the vaults, too
 * @returns for each key that was opened, the folder of its manifest from the top
 */
export async function addFromOtherTrees(
  here: Here,
  tips: readonly string[],
  update: boolean,
  context: Context,
): Promise<Map<Keyring, string>> {
  const found = new OtherTrees(here, update, context);
  await found.add(here.tracked.map((file) => ({ ...file, tree: "", size: 0 })));
  if (!update && hasAllThatWasSeen(here, context)) return found.folders;
  const { top } = here;
  const { commits, upstream } = newestRefs(top, REFS);
  const named = commitsOf(top, [...tips, "HEAD", ...(upstream === null ? [] : [upstream]), ...DEFAULTS]);
  const refs = commits.filter((commit) => !named.includes(commit));
  const own = here.tracked.map(({ path }) => path);
  const missing = () => named.flatMap((commit) => missingInIndex(top, commit, MANIFEST_FILES));
  const paths = own.length > 0 ? [...new Set([...own, ...missing()])] : placesIn(top, [...named, ...refs]);
  await found.add(filesAt(top, named, paths));
  found.seenOnly = true;
  await found.add(filesAt(top, refs, paths));
  return found.folders;
}

/** Where the first of these commits that has a manifest has them. */
function placesIn(top: string, commits: readonly string[]): string[] {
  for (const commit of commits) {
    const found = blobsAtTree(top, commit).flatMap(({ path }) => (isManifest(path) ? path : []));
    if (found.length > 0) return found;
  }
  return [];
}

/** True where what this machine has seen of the projects here opens here too, no older than that. */
function hasAllThatWasSeen({ projects, known }: Here, context: Context): boolean {
  return projects.length > 0 && projects.every((project) => hasAllOf(project, known, context));
}

/** A project of which nothing opens may be another's in the place of one that this machine has a key for; what an admin removed is elsewhere. */
function hasAllOf({ manifest }: Project, { keyrings }: KnownSecrets, context: Context): boolean {
  if (headOf(manifest).gone !== undefined) return false;
  const rings = keyrings.filter((ring) => ring.manifest === manifest);
  const wanted = Object.entries(seen(manifest, context));
  const isOpen = ([environment, { floor }]: (typeof wanted)[number]) =>
    rings.some((ring) => ring.environment === environment && ring.leadsToKey(floor));
  return rings.length > 0 && wanted.length > 0 && wanted.every(isOpen);
}

/** Nothing, where it cannot be read: every opening reports that by itself. */
function seen({ project }: Manifest, { env }: Context): SeenProject["environments"] {
  try {
    return readSeen(env, project)?.environments ?? {};
  } catch (error) {
    if (isEnvsealError(error)) return {};
    throw error;
  }
}

function isAsInWorkTree(top: string, { path, oid }: BlobEntry): boolean {
  const content = readBounded(join(top, path), MAX_MANIFEST_BYTES);
  const hash = createHash(oid.length === 40 ? "sha1" : "sha256");
  return content !== null && hash.update(`blob ${content.length}\0`).update(content).digest("hex") === oid;
}

class OtherTrees {
  /** True for what anybody may have pushed. */
  seenOnly = false;
  readonly folders = new Map<Keyring, string>();
  private readonly here: Here;
  private readonly update: boolean;
  private readonly context: Context;
  private readonly looked: Set<string>;
  private readonly projects: Set<string>;
  private readonly vaults: Set<string>;
  private left = MAX_BYTES;

  constructor(here: Here, update: boolean, context: Context) {
    this.here = here;
    this.update = update;
    this.context = context;
    this.looked = new Set(here.tracked.filter((file) => isAsInWorkTree(here.top, file)).map(({ oid }) => oid));
    this.projects = new Set(here.projects.map(({ manifest }) => manifest.project));
    this.vaults = new Set(here.projects.flatMap(({ manifest }) => Object.values(manifest.vaults).map(({ id }) => id)));
  }

  /** What these manifests lead to and no earlier one did; each text is read once. */
  async add(files: readonly TreeFile[]): Promise<void> {
    const wanted = files.filter(({ oid, size }) => {
      if (this.looked.has(oid)) return false;
      this.looked.add(oid);
      this.left -= size;
      return this.left >= 0;
    });
    const texts = new Map<string, string>();
    const read = ({ oid }: BlobEntry, content: Buffer) => {
      const text = fromUtf8(content);
      if (text !== null && this.mayAdd(text)) texts.set(oid, text);
    };
    await readBlobs(this.here.top, wanted, read, []);
    for (const file of wanted) {
      const manifest = manifestIn(Buffer.from(texts.get(file.oid) ?? ""));
      if (manifest !== null && (!this.seenOnly || this.projects.has(manifest.project))) await this.addFrom(file, manifest);
    }
  }

  /** False for a text that names no key and no vault but those that are known: reading a manifest takes longer. */
  private mayAdd(text: string): boolean {
    const known = new Set(this.here.known.keyrings.flatMap(({ statement }) => Object.keys(statement.keys)));
    return [...text.matchAll(/"(active|id)"\s*:\s*"([^"]*)"/g)].some(([, what, id = ""]) => !(what === "id" ? this.vaults : known).has(id));
  }

  private async addFrom({ tree, path }: TreeFile, manifest: Manifest): Promise<void> {
    const { top, known } = this.here;
    const folder = join(top, dirname(path));
    const project = { path: join(top, path), root: existsSync(folder) ? folder : top, manifest };
    this.projects.add(manifest.project);
    for (const [environment, { statement }] of environmentEntries(manifest)) {
      const { active } = statement;
      const same = known.keyrings.filter((ring) => ring.environment === environment && ring.manifest.project === manifest.project);
      const had = same.find((one) => Object.hasOwn(one.statement.keys, active));
      const unlocked = had === undefined ? this.open(manifest, environment) : null;
      const ring = had ?? unlocked?.keyring;
      if (ring === undefined) continue;
      const isNew = unlocked !== null;
      if (isNew) addKeyring(known, unlocked);
      if (isNew) this.folders.set(ring, dirname(path));
      const listed = vaultPathsOf(manifest, environment).filter((vault) => isNew || !this.vaults.has(manifest.vaults[vault]?.id ?? ""));
      for (const vault of listed) this.vaults.add(manifest.vaults[vault]?.id ?? "");
      const files = filesAt(
        top,
        [tree],
        listed.map((vault) => posix.join(dirname(path), vault)),
      );
      const now = await secretsOf(project, ring, files, known.notes);
      append(
        known.secrets,
        now.map((secret) => ({ ...secret, current: true })),
      );
      if (same.length > 0) continue;
      const ever = this.update ? versionsEver(top, known.notes, tree === "" ? [] : [tree]) : [];
      append(known.secrets, await earlierSecrets(project, ring, ever, known.notes));
    }
  }

  private open(manifest: Manifest, environment: string): Unlocked | null {
    if (this.seenOnly && !Object.hasOwn(seen(manifest, this.context), environment)) return null;
    try {
      return unlockAtHand(manifest, environment, this.context, true);
    } catch (error) {
      if (isEnvsealError(error)) return null;
      throw error;
    }
  }
}
