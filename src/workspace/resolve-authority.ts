import { mayDecide } from "../age/unlock.ts";
import { wrapKey } from "../age/wrap.ts";
import type { AccessEntry } from "../core/access-entry.ts";
import { ownMember } from "../core/authority.ts";
import { withJoined } from "../core/authority-changes.ts";
import { joinAuthorities } from "../core/authority-join.ts";
import { authorityOf, environmentOf, headOf } from "../core/authority-of.ts";
import { withGrantsSigned, withStatement, withWrapped } from "../core/changes.ts";
import type { EnvironmentProblem, EnvironmentStatement } from "../core/environment-statement.ts";
import { withoutAccess } from "../core/fence.ts";
import type { Keyring } from "../core/keyring.ts";
import type { Manifest } from "../core/manifest.ts";
import type { Side } from "../core/merge.ts";
import { roleOf } from "../core/rights.ts";
import { withoutRights } from "../core/roles-join.ts";
import { digestOf, onlySignature, type StatementSigner, signedBytes } from "../core/statement.ts";
import { EnvsealError, isEnvsealError } from "../errors.ts";
import { shellWord } from "../printable.ts";
import type { Context } from "../ui/context.ts";
import { plain, say } from "../ui/output.ts";
import { choose, confirm } from "../ui/prompt.ts";
import { unlockAtHand } from "./key-at-hand.ts";
import { describeDoubtful, describeRight } from "./left-out.ts";
import type { LeftOver } from "./left-over.ts";
import type { ManifestVersions } from "./merge-manifests.ts";
import type { ManifestPlace } from "./resolve-manifest.ts";
import { identityToSign, knownHand, needsAdmin, requireTrusted } from "./signing.ts";

/** Who signs in a merge: asked for once, and only where something is to be signed. */
export class MergeHand {
  private readonly place: ManifestPlace;
  private readonly versions: ManifestVersions;
  private readonly context: Context;
  private identity: Uint8Array | undefined;

  constructor(place: ManifestPlace, versions: ManifestVersions, context: Context) {
    this.place = place;
    this.versions = versions;
    this.context = context;
  }

  /** Somebody who may sign an environment's statement under the manifest's head. @throws NEEDS_ADMIN */
  async of(manifest: Manifest, environment: string): Promise<StatementSigner> {
    const head = headOf(manifest);
    const hand = knownHand(head, await this.identityOf(), manifest.project);
    if (hand !== null && roleOf(head, hand.name, environment) !== "member") return hand;
    throw needsAdmin(manifest, { what: `or a rotator to settle the keys of ${environment}`, line: "envseal resolve, in the same merge" });
  }

  /** An admin under each of these heads. @throws NEEDS_ADMIN */
  async adminOf(...manifests: readonly Manifest[]): Promise<StatementSigner> {
    const identity = await this.identityOf();
    const hands = manifests.map((manifest) => ({ manifest, hand: knownHand(headOf(manifest), identity, manifest.project) }));
    for (const { manifest, hand } of hands)
      if (hand?.role !== "admin")
        throw needsAdmin(manifest, { what: "of both sides to join them", line: "envseal resolve, in the same merge" });
    return hands[0]?.hand as StatementSigner;
  }

  /** What was signed here must not be behind what this machine has seen, as each of the sides may be. @throws OLDER_CHECKOUT */
  requireNewest(manifest: Manifest): void {
    if (this.identity !== undefined) requireTrusted({ ...this.place, manifest }, this.context);
  }

  private async identityOf(): Promise<Uint8Array> {
    if (this.identity === undefined) {
      const { ours, theirs } = this.versions;
      for (const manifest of [ours, theirs])
        requireTrusted({ ...this.place, manifest }, { ...this.context, flags: { "allow-older": true } });
      this.identity = await identityToSign({ ...this.place, manifest: ours }, this.context);
    }
    return this.identity;
  }
}

/** The manifest with both sides' authority, and a statement that joins the two. What it takes over is shown first. */
export async function joinBoth(
  manifest: Manifest,
  versions: ManifestVersions,
  hand: MergeHand,
  pick: (conflict: string) => Promise<Side>,
  { label }: ManifestPlace,
  context: Context,
): Promise<Manifest> {
  const { ours, theirs } = versions;
  const [own, other] = [authorityOf(ours), authorityOf(theirs)];
  const chosen = new Map<string, Side>();
  joinAuthorities(own, other, (what) => {
    chosen.set(what, "ours");
    return "ours";
  });
  for (const conflict of chosen.keys()) chosen.set(conflict, await pick(conflict));
  const { next, doubtful } = joinAuthorities(own, other, (what) => chosen.get(what) ?? "ours");
  if (next === null) return manifest;
  for (const right of withoutRights(next, versions)) say(context, plain(describeRight(right)));
  if (Object.keys(next.admins).length === 0)
    throw new EnvsealError("DIVERGED", `each side of ${label} removed the other's admins: nobody would be left to decide`, {
      hint: `take one side whole: git checkout --ours -- ${shellWord(label)}, or --theirs`,
    });
  const signer = await hand.adminOf(ours, theirs);
  say(context, `${plain(label)}: both sides changed the authority`);
  say(context, `  admins: ${Object.keys(next.admins).join(", ")}; rotators: ${Object.keys(next.rotators).join(", ") || "none"}`);
  say(context, `  environments: ${Object.keys(next.environments).join(", ")}`);
  for (const { revision, signer: name } of doubtful)
    say(context, `  revision ${revision} was signed by ${plain(name)}, whom the other side removed: look at what it did`);
  await confirm(context, "sign this as the authority of both?");
  const joined = withJoined(manifest, next, signer);
  const scope = { project: manifest.project, environment: "" };
  const all = new Map(
    [...ours.authority, ...theirs.authority, joined].map((statement) => [digestOf(signedBytes("authority", scope, statement)), statement]),
  );
  const sorted = [...all].sort(([a, one], [b, two]) => one.revision - two.revision || (a < b ? -1 : 1));
  return { ...manifest, authority: sorted.map(([, statement]) => statement) };
}

/** What does not count any more under the joined authority: listed, and signed again by whoever may. */
export async function signLeftOver(
  manifest: Manifest,
  left: readonly LeftOver[],
  hand: MergeHand,
  { label }: ManifestPlace,
  context: Context,
): Promise<Manifest> {
  let next = manifest;
  for (const { environment, problem, names, doubtful } of left) {
    const entry = environmentOf(manifest, environment);
    if (problem !== null)
      for (const line of describeKeys(environment, entry.statement, problem)) say(context, `${plain(label)}: ${plain(line)}`);
    const out = new Set<string>();
    for (const name of doubtful) if (!(await isTaken(environment, name, entry.access[name] as AccessEntry, context))) out.add(name);
    if (out.size > 0) next = withoutAccess(next, environment, [...out]);
    for (const name of names) say(context, `  ${signedAgain(name, entry.access[name] as AccessEntry)}`);
    const again = [...names, ...doubtful.filter((name) => !out.has(name))];
    if (problem === null && again.length === 0) continue;
    const signer = again.length > 0 ? await hand.adminOf(manifest) : await hand.of(manifest, environment);
    await confirm(context, `sign this for ${environment}?`);
    if (problem !== null) next = withStatement(next, environment, {}, signer);
    if (again.length > 0) next = await withWraps(withGrantsSigned(next, environment, again, signer), environment, again, context);
  }
  return next;
}

function signedAgain(name: string, entry: AccessEntry): string {
  return plain(`access for ${name} (${entry.recipient}) has to be signed again: ${giverOf(entry)} gave it`);
}

function giverOf(entry: AccessEntry): string {
  return onlySignature(entry)?.name ?? "nobody";
}

/** Whoever gave it may give nothing any more: a person takes it over by a word for this one alone, and `--yes` never does. */
async function isTaken(environment: string, name: string, entry: AccessEntry, context: Context): Promise<boolean> {
  const text = `${signedAgain(name, entry)}, whose right the other side took away`;
  if (!context.yes) {
    say(context, `  ${text}`);
    const options = [
      { value: "out" as const, label: "leave it out" },
      { value: "sign" as const, label: "sign it: the fingerprint was compared" },
    ];
    const question = `${plain(name)} gets access to ${environment} by ${plain(giverOf(entry))}; sign it?`;
    if ((await choose(question, options, "add --yes, which leaves it out")) === "sign") return true;
  }
  say(context, `  ${plain(describeDoubtful(environment, name, giverOf(entry)))}`);
  return false;
}

/** What is signed again, and why it has to be. */
function describeKeys(
  environment: string,
  { active, floor, keys, signatures }: EnvironmentStatement,
  problem: EnvironmentProblem,
): string[] {
  const by = Object.keys(signatures)[0] ?? "";
  const key = (keyId: string) => `v${ownMember(keys, keyId)?.version} (${keyId})`;
  const { reason, created } = ownMember(keys, active) as EnvironmentStatement["keys"][string];
  return [
    problem === "replaced"
      ? `what ${by} signed of the keys of ${environment} is below what the other side lets count`
      : `the keys of ${environment} were signed by ${by}, who has no right to any more`,
    `  the active key is ${key(active)}, made on ${created.slice(0, 10)} (${reason}); keys from ${key(floor)} on are accepted`,
  ];
}

/** Whom the key at hand can be wrapped for has it at once; others wait for somebody who opens the environment. */
async function withWraps(manifest: Manifest, environment: string, names: readonly string[], context: Context): Promise<Manifest> {
  const keyring = openedAnew(manifest, environment, context);
  let next = manifest;
  for (const name of names) {
    if (keyring?.accessState(name) !== "waiting") continue;
    const dataKey = keyring.dataKey(keyring.active.keyId, "the active key");
    next = withWrapped(next, keyring.tagger, name, await wrapKey(dataKey, keyring.access[name]?.recipient as string));
  }
  return next;
}

function openedAnew(manifest: Manifest, environment: string, context: Context): Keyring | null {
  try {
    const unlocked = unlockAtHand(manifest, environment, context, true);
    return unlocked !== null && mayDecide(unlocked) ? unlocked.keyring : null;
  } catch (error) {
    if (isEnvsealError(error)) return null;
    throw error;
  }
}
