import { randomBytes } from "node:crypto";
import { wrapKey } from "../../age/wrap.ts";
import type { Context } from "../../context.ts";
import { append } from "../../core/append.ts";
import type { AccessEntry } from "../../core/authority/access-entry.ts";
import type { AuthorityMembers } from "../../core/authority/authority-changes.ts";
import { environmentOf } from "../../core/authority/authority-of.ts";
import { accessByName, type Manifest } from "../../core/authority/manifest.ts";
import { requireGenuine } from "../../core/authority/require-genuine.ts";
import { isDue, withDue } from "../../core/keys/due.ts";
import { fenced, withFloor, withRolesChanged } from "../../core/keys/fence.ts";
import { Keyring } from "../../core/keys/keyring.ts";
import { withEntry, withStatement } from "../../core/keys/manifest-edits.ts";
import { keepersOf, type Reason, rotated } from "../../core/keys/rotate.ts";
import { EnvsealError } from "../../errors.ts";
import { now } from "../../system/clock.ts";
import { openKeyring, rememberOwn } from "../../workspace/keyring.ts";
import { writeManifest } from "../../workspace/manifest.ts";
import type { Project } from "../../workspace/project.ts";
import { refuseBehind } from "../../workspace/refuse-behind.ts";
import { type Hand, requireTrusted } from "../../workspace/signing.ts";
import { isOpenToRotators, isUnfinished } from "../../workspace/unfinished.ts";
import { approveBelowFloor, checkVaults, resealAll } from "./reseal.ts";
import { forgetLeaver, leftOut, noteLeaver } from "./rotation-record.ts";

export interface RotationRequest {
  environments: readonly string[];
  reason: Reason;
  fence: boolean;
  /** Who loses access in this rotation. */
  without?: string;
  /** The recipients of whoever loses it: under other names they would keep it. */
  recipients?: ReadonlySet<string>;
  /** The key that must not be the active one any more, where that is what was asked for. */
  replaces?: string;
  /** Roles that end with it, by an admin. */
  authority?: Partial<AuthorityMembers>;
  /** Environments whose keys are not at hand, and of which nothing older may count all the same. */
  others?: readonly string[];
  /** Those of the others that the leaver opened once, under a key that is accepted still. */
  held?: readonly string[];
}

export interface RotationReport {
  environment: string;
  version: number;
  keyId: string;
  /** True where an earlier, interrupted run was finished instead of a new one begun. */
  resumed: boolean;
  vaults: string[];
  lost: string[];
}

/** One environment under way. */
interface Step {
  keyring: Keyring;
  approved: boolean;
  resumed: boolean;
  lost: string[];
}

/**
 * A new key version for each environment. The manifest goes first, with the new keys and their links to the old ones; then the
 * vaults one by one; floor and `lowest` last. At every instant each vault opens. What an earlier run left unfinished, as the
 * manifest shows, is finished first; a request that this does not meet is done after it.
 */
export async function rotateEnvironments(
  project: Project,
  request: RotationRequest,
  hand: Hand,
  context: Context,
): Promise<RotationReport[]> {
  // Also where no key has to be opened.
  requireTrusted(project, context);
  const { manifest } = project;
  for (const environment of request.others ?? []) requireGenuine(manifest, environment);
  // Before the first write: the others are signed in the last one.
  refuseBehind(manifest, request.others ?? [], context);
  const reports: RotationReport[] = [];
  let here = project;
  const left = request.environments.filter((environment) => isUnfinished(here, environment, hand));
  const leavers = new Map(left.map((environment) => [environment, leftOut(here, environment, context)]));
  if (left.length > 0) {
    const finished = await finishRotations(here, left, hand, context);
    append(reports, finished.reports);
    here = { ...here, manifest: finished.manifest };
  }
  const wanted = request.environments.filter(
    (environment) => !left.includes(environment) || !isMet(here.manifest, environment, request, leavers.get(environment) ?? null),
  );
  if (wanted.length === 0 && request.authority === undefined && (request.others ?? []).length === 0) return reports;
  const begun = await begin(here, wanted, request, hand, context);
  return [...reports.filter(({ environment }) => !wanted.includes(environment)), ...begun];
}

/** What was just finished was this very request; whom it left out is this machine's own word. */
function isMet(
  manifest: Manifest,
  environment: string,
  { reason, fence, without, replaces }: RotationRequest,
  leaver: string | null,
): boolean {
  const { statement, access } = environmentOf(manifest, environment);
  if (replaces !== undefined) return statement.active !== replaces;
  if (without !== undefined) return leaver === without && !Object.hasOwn(access, without);
  return (reason === "scheduled" && !fence) || statement.keys[statement.active]?.reason === keyReason({ reason, fence });
}

function keyReason({ reason, fence }: Pick<RotationRequest, "reason" | "fence">): Reason | "fence" {
  return fence && reason === "scheduled" ? "fence" : reason;
}

async function begin(
  project: Project,
  environments: readonly string[],
  request: RotationRequest,
  hand: Hand,
  context: Context,
): Promise<RotationReport[]> {
  const opened = await openAll(project, environments, context);
  let manifest = project.manifest;
  // Whose role ends signs nothing that counts from the first write on.
  if (request.authority !== undefined) manifest = withRolesChanged(manifest, request.authority, hand);
  const steps: Step[] = [];
  for (const { environment, approved } of opened) {
    const keyring = openKeyringOf(manifest, environment, opened);
    const { kept, spoiled } = keepersOf(keyring);
    const isLost = (name: string) => loses(request, name, keyring.access[name] as AccessEntry);
    const keepers = kept.filter((name) => !isLost(name));
    if (keepers.length === 0) throw nobodyLeft(environment);
    const wrapped = new Map<string, Uint8Array>();
    const dataKey = randomBytes(32);
    for (const name of keepers) wrapped.set(name, await wrapKey(dataKey, keyring.access[name]?.recipient as string));
    const reason = isDue(keyring.statement) && request.reason === "scheduled" ? "offboarding" : keyReason(request);
    const next = rotated(manifest, keyring, { dataKey, nonce: randomBytes(12), reason, at: now(), wrapped }, hand);
    manifest = next.manifest;
    const lost = [...spoiled, ...kept.filter(isLost)];
    steps.push({ keyring: next.keyring, approved, resumed: false, lost });
    if (request.without !== undefined) noteLeaver(project, next.keyring, request.without);
  }
  for (const other of request.others ?? []) manifest = withoutLeaver(manifest, other, request, hand);
  manifest = withoutRequests(manifest, request);
  writeManifest(project, manifest, context);
  return complete({ ...project, manifest }, steps, hand, context, request.others ?? []).reports;
}

/** Without a key, nobody replaces the one that the leaver knows: it is marked, so that everybody sees it until somebody does. */
function withoutLeaver(manifest: Manifest, environment: string, request: RotationRequest, hand: Hand): Manifest {
  const { access, statement } = environmentOf(manifest, environment);
  const left = Object.entries(access).filter(([name, entry]) => !loses(request, name, entry));
  if (left.length === Object.keys(access).length && request.held?.includes(environment) !== true) return manifest;
  const next = withEntry(manifest, environment, { access: Object.fromEntries(left) });
  return isDue(statement) ? next : withStatement(next, environment, { keys: withDue(statement, now()) }, hand);
}

function loses({ without, recipients }: RotationRequest, name: string, { recipient }: { recipient: string }): boolean {
  return name === without || recipients?.has(recipient) === true;
}

/** A leaver's request goes in the first write: where the rest is interrupted, nobody is told that a leaver asks. */
function withoutRequests(manifest: Manifest, request: RotationRequest): Manifest {
  if (request.without === undefined) return manifest;
  const access = accessByName(manifest);
  const rest = Object.entries(manifest.recipients).filter(([name, entry]) => !loses(request, name, entry) || access.has(name));
  return { ...manifest, recipients: Object.fromEntries(rest) };
}

interface Opened {
  environment: string;
  dataKey: Uint8Array;
  approved: boolean;
}

/** Every vault is opened, so that one that does not open stops all of it before it begins. */
async function openAll(project: Project, environments: readonly string[], context: Context): Promise<Opened[]> {
  const opened: Opened[] = [];
  for (const environment of environments) {
    const keyring = openKeyring(project, environment, context);
    const approved = await approveBelowFloor(project, keyring, context);
    checkVaults(project, keyring, approved);
    opened.push({ environment, dataKey: keyring.dataKey(keyring.active.keyId, "the active key"), approved });
  }
  return opened;
}

function openKeyringOf(manifest: Manifest, environment: string, opened: readonly Opened[]): Keyring {
  return new Keyring(manifest, environment, opened.find((one) => one.environment === environment)?.dataKey as Uint8Array);
}

function nobodyLeft(environment: string): EnvsealError {
  return new EnvsealError("USAGE", `nobody would be left who can open ${environment}`, {
    hint: `entries that no admin signed get nothing: give someone access first (envseal grant NAME -e ${environment})`,
  });
}

/** What an interrupted rotation, or a join, has left to do. */
export async function finishRotations(
  project: Project,
  environments: readonly string[],
  hand: Hand,
  context: Context,
): Promise<{ manifest: Manifest; reports: RotationReport[] }> {
  const opened = await openAll(project, environments, context);
  const steps = opened.map(({ environment, approved }) => ({
    keyring: openKeyringOf(project.manifest, environment, opened),
    approved,
    resumed: true,
    lost: [],
  }));
  return complete(project, steps, hand, context, []);
}

/** The vaults, then in one write what the manifest still lacks: the floor, and by an admin `lowest`. */
function complete(
  project: Project,
  steps: readonly Step[],
  hand: Hand,
  context: Context,
  others: readonly string[],
): { manifest: Manifest; reports: RotationReport[] } {
  const sealed = steps.map(({ keyring, approved }) => resealAll(project, keyring, approved));
  const low = steps.map(({ keyring }) => keyring).filter(({ environment }) => isOpenToRotators(project.manifest, environment, hand));
  let { manifest } = project;
  if (hand.role === "admin") {
    if (low.length + others.length > 0) manifest = fenced(manifest, low, hand, { others });
  } else for (const keyring of low) manifest = withFloor(manifest, keyring, hand);
  if (manifest !== project.manifest) writeManifest(project, manifest, context);
  for (const { keyring } of steps) forgetLeaver(project, keyring.environment);
  rememberOwn(manifest, context);
  const reports = steps.map(({ keyring, resumed, lost }, index) => ({
    environment: keyring.environment,
    ...keyring.active,
    resumed,
    vaults: sealed[index] as string[],
    lost,
  }));
  return { manifest, reports };
}
