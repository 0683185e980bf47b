import type { Vault } from "../../core/vault/vault.ts";
import { type BlobEntry, blobsAtTree, readBlobs } from "../../git/blobs.ts";
import { blobsOf, VAULT_FILES } from "../../git/objects.ts";
import type { Finding } from "../../guard/finding.ts";
import { inspectHistory, linesOf } from "../../guard/history.ts";
import { vaultAt, vaultIn } from "../../workspace/at-commit.ts";
import type { Scope } from "./scope.ts";

/** What vaults were in every commit that a base reaches, at whatever path. */
interface Earlier {
  tokens: Set<string>;
  /** By vault id: the newest version. */
  last: Map<string, BlobEntry>;
}

/** How the vaults of a range's tip differ from those of its base: one that was moved or had been removed is known by its id. */
export class VaultChanges {
  private readonly scope: Scope;
  private readonly base: string;
  private atBase: readonly BlobEntry[] | null;
  private earlier: Earlier | null = null;

  /** @param atBase every file of the base, where that is known */
  constructor(scope: Scope, base: string, atBase: readonly BlobEntry[] | null = null) {
    this.scope = scope;
    this.base = base;
    this.atBase = atBase;
  }

  /** Nothing for what is no vault. */
  async inspect(path: string, to: string): Promise<Finding[]> {
    if (!path.endsWith(".vault")) return [];
    const after = await vaultAt(this.scope.top, to, path);
    const before = after === null ? null : ((await vaultAt(this.scope.top, this.base, path)) ?? (await this.known(after.id)));
    if (before === null || after === null) return [];
    // One that was made anew has no token of the old one's, and may lack its names all the same.
    const mayTakeBack = before.id === after.id && hasOtherTokens(before, after);
    return inspectHistory(path, before, after, mayTakeBack ? (await this.history()).tokens : new Set());
  }

  /** Where the base has a vault of this id, or as it was before it was removed. */
  private async known(id: string): Promise<Vault | null> {
    this.atBase ??= blobsAtTree(this.scope.top, this.base);
    for (const { path } of this.atBase.filter((entry) => entry.path.endsWith(".vault"))) {
      const vault = await vaultAt(this.scope.top, this.base, path);
      if (vault?.id === id) return vault;
    }
    const last = (await this.history()).last.get(id);
    return last === undefined ? null : vaultIn(this.scope.top, last);
  }

  private async history(): Promise<Earlier> {
    this.earlier ??= await readEarlier(this.scope, this.base);
    return this.earlier;
  }
}

function hasOtherTokens(before: Vault, after: Vault): boolean {
  const known = linesOf(before);
  return [...linesOf(after)].some(([name, { token }]) => known.get(name)?.token.text !== token.text);
}

async function readEarlier({ top, guard }: Scope, base: string): Promise<Earlier> {
  const tokens = new Set<string>();
  const ids = new Map<string, string>();
  const lacking: BlobEntry[] = [];
  const collect = ({ oid }: BlobEntry, content: Buffer, { from }: { from: number }) => {
    const text = content.toString("latin1");
    const id = from > 0 ? undefined : /^# envseal:\d+ \S+ (\S+)/.exec(text)?.[1];
    if (id !== undefined) ids.set(oid, id);
    for (const [token] of text.matchAll(/enc:v\d+\.[\w-]{8}:[\w-]+/g)) tokens.add(token);
  };
  const versions = blobsOf(top, [base], VAULT_FILES);
  await readBlobs(top, versions, collect, lacking);
  guard.notLookedAt(lacking.length);
  // The newest come first.
  const last = new Map([...versions].reverse().map((entry) => [ids.get(entry.oid) ?? "", entry]));
  return { tokens, last };
}
