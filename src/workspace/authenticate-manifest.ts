import type { Context } from "../context.ts";
import { append } from "../core/append.ts";
import { ownMember } from "../core/authority/authority.ts";
import { entryOf, environmentEntries, environmentNames, hasEnvironment, headOf } from "../core/authority/authority-of.ts";
import type { Manifest } from "../core/authority/manifest.ts";
import { isAccessEnded, isAnother, type SeenProject } from "../core/authority/seen.ts";
import { verifyAlone, verifySince } from "../core/authority/trust.ts";
import type { Keyring } from "../core/keys/keyring.ts";
import { injectedKey } from "../custody/key.ts";
import { type EnvsealError, isEnvsealError } from "../errors.ts";
import type { Finding } from "../guard/finding.ts";
import { changesOnce, forgedEnvironment, inspectEntries } from "../guard/manifest.ts";
import { inspectPutBack, inspectSignatures } from "../guard/signatures.ts";
import { readSeen } from "../project/pins.ts";
import { isBehindWorkTree } from "./uncommitted.ts";
import { isDueIn, unfinishedIn } from "./unfinished.ts";
import { recipientsAtHand, unlockAtHand } from "./unlock-at-hand.ts";

const NOT_MINE = new Set(["NO_KEY", "NO_ACCESS", "NO_PIN", "CUSTODY", "KEY_FILE_MODE", "MALFORMED_KEY"]);

export interface Authenticated {
  findings: Finding[];
  /** The environments that could not be looked into. */
  unseen: string[];
  /** The keys of the others. */
  keyrings: Keyring[];
}

/**
 * What a manifest holds that nobody made who may: its signatures without a key, as far as what this machine trusts reaches; the
 * rest as far as the key at hand does.
 * @param workTree what the work tree has in the place of HEAD's or the index's: what is in that alone makes those no older
 */
export function authenticateManifest(
  path: string,
  before: Manifest | null,
  after: Manifest,
  context: Context,
  workTree: Manifest | null = null,
): Authenticated {
  const seen = seenOf(after, context);
  const isUncommitted = isBehindWorkTree(after, workTree, seen);
  const problem = authorityProblem(after, before);
  const findings: Finding[] = [];
  if (problem !== null) findings.push(forgedAuthority(path, problem));
  const signatures = inspectSignatures(path, after, problem === null);
  append(findings, signatures);
  if (before !== null) append(findings, inspectPutBack(path, before, after));
  append(findings, unfinishedFindings(path, after));
  append(findings, unnamedFindings(path, after));
  const told = new Set(signatures.map(({ message }) => message));
  const changes = changesOnce(before, after);
  const keyrings: Keyring[] = [];
  const unseen: string[] = [];
  for (const environment of environmentNames(after)) {
    try {
      const unlocked = unlockAtHand(after, environment, context, isUncommitted);
      if (unlocked === null) {
        unseen.push(environment);
        continue;
      }
      const { keyring, verdict, keysAreOlder } = unlocked;
      keyrings.push(keyring);
      append(
        findings,
        inspectEntries(path, keyring).filter(({ message }) => !told.has(message)),
      );
      if ((verdict === "older" || verdict === "parted") && !isUncommitted)
        append(findings, unlessTold(findings, olderThanSeen(path, keysAreOlder ? environment : null)));
      // What was opened by the person's key alone, and that one never before: whoever made the environment again could seal it to that.
      if (verdict === "first" && hasInjectedPin(environment, context)) findings.push(lostAccess(path, environment));
    } catch (error) {
      if (!isEnvsealError(error)) throw error;
      const known = opened(after, environment, seen, context) && !isTaken(before, after, environment);
      if (error.code === "NO_ACCESS" && (known || hasInjectedPin(environment, context))) findings.push(lostAccess(path, environment));
      else if (NOT_MINE.has(error.code)) unseen.push(environment);
      else if (error.code === "OLDER_CHECKOUT" || error.code === "PARTED") findings.push(behind(path, error));
      else if (error.code === "PIN_MISMATCH") findings.push(otherThanPinned(path, error));
      // What the signatures say already is no second finding.
      else if (problem === null && !told.has(`${path}: ${error.message}`))
        findings.push(forgedEnvironment(path, error.message, changes(environment)));
    }
  }
  return { findings, unseen, keyrings };
}

/** True where a key at hand opened it here, and nobody with the right to ended that: whoever was revoked may ask again. */
function opened(after: Manifest, environment: string, seen: SeenProject | null, context: Context): boolean {
  const known = ownMember(seen?.environments ?? {}, environment)?.opened;
  if (seen === null || known === undefined || isAnother(after, environment, seen)) return false;
  const at = recipientsAtHand(after.project, context).flatMap((recipient) => ownMember(known, recipient) ?? []);
  return at.some((revision) => !isAccessEnded(after, environment, revision, seen));
}

/** What an admin signed since says that somebody was to lose access: to whoever did, that is no finding. */
function isTaken(before: Manifest | null, after: Manifest, environment: string): boolean {
  const was = before?.project === after.project ? entryOf(before, environment) : undefined;
  return was !== undefined && (ownMember(headOf(after).environments, environment)?.lowest ?? 1) > was.statement.revision;
}

/**
 * The whole list is checked, since what was recorded before may hold a forgery already, and it must go on from there. What this
 * machine has seen counts where something is opened.
 */
function authorityProblem(after: Manifest, before: Manifest | null): EnvsealError | null {
  try {
    if (before !== null && before.project === after.project) verifySince(before, after);
    verifyAlone(after);
    return null;
  } catch (error) {
    if (isEnvsealError(error)) return error as EnvsealError;
    throw error;
  }
}

function forgedAuthority(path: string, { message, hint }: EnvsealError): Finding {
  return { rule: "forged-authority", path, message: `${path}: ${message}`, fix: hint ?? "take envseal.json from git again" };
}

/** Entries that nobody's authority names open nothing; somebody put them there all the same. */
function unnamedFindings(path: string, manifest: Manifest): Finding[] {
  return Object.keys(manifest.environments)
    .filter((name) => !hasEnvironment(manifest, name))
    .map((name) => ({
      rule: "forged-manifest" as const,
      path,
      message: `${path}: it holds keys of ${name}, and no admin added an environment of that name`,
      fix: "take envseal.json from git again (git log -p envseal.json tells who put it there)",
    }));
}

/** Half of a rotation looks whole to whoever does not compare. */
function unfinishedFindings(path: string, manifest: Manifest): Finding[] {
  return environmentEntries(manifest).flatMap(([environment]) => {
    const left = unfinishedIn(manifest, environment);
    if (left === null && !isDueIn(manifest, environment)) return [];
    const what =
      left === null
        ? `somebody lost access to ${environment} who knows its key, and that key was not replaced: what they seal is accepted still`
        : left === "floor"
          ? `a rotation of ${environment} was interrupted: the key that was replaced is still accepted`
          : `the key of ${environment} was replaced by a rotator: what was signed before could be put back until an admin rotates`;
    return [
      {
        rule: "unfinished-rotation" as const,
        level: "warning" as const,
        path,
        message: `${path}: ${what}`,
        fix: `envseal rotate -e ${environment}`,
      },
    ];
  });
}

/** What this machine has seen; null where it has not, or where that cannot be read, which every opening reports by itself. */
function seenOf({ project }: Manifest, { env }: Context): SeenProject | null {
  try {
    return readSeen(env, project);
  } catch (error) {
    if (isEnvsealError(error)) return null;
    throw error;
  }
}

function hasInjectedPin(environment: string, { env }: Context): boolean {
  try {
    const key = injectedKey(env, environment);
    return key !== null && key.type === "identity" && (key.environment === null || key.environment === environment);
  } catch (error) {
    if (isEnvsealError(error)) return false;
    throw error;
  }
}

/** The manifest may be good, and what this machine remembers lost or damaged: the error says what to compare. */
function otherThanPinned(path: string, { message, hint }: EnvsealError): Finding {
  return { rule: "forged-authority", path, message: `${path}: ${message}`, fix: hint ?? "compare pins with a teammate (envseal status)" };
}

/** A checkout from before somebody lost access: a branch that stood still, or an old manifest that somebody put back. */
function behind(path: string, { message }: EnvsealError): Finding {
  return {
    rule: "manifest-change",
    path,
    message: `${path}: ${message}`,
    fix: "merge the branch that has the newer envseal.json; if this one should have it, find out who put the older one there",
  };
}

/** A key made for this environment does not open it here: it is newer, or was revoked, or someone made the environment again without it. */
function lostAccess(path: string, environment: string): Finding {
  return {
    rule: "forged-access",
    path,
    message: `${path}: the key at hand opened ${environment} before, or was made for it, and has no access to it here`,
    fix: "if it was made after this commit, commit or merge the envseal.json that has it; if it was neither that nor revoked, someone took its entry away: compare envseal.json with its history (git log -p envseal.json)",
  };
}

function unlessTold(findings: readonly Finding[], finding: Finding): Finding[] {
  return findings.some(({ message }) => message === finding.message) ? [] : [finding];
}

/**
 * A branch from before a rotation looks like that; so does what someone who left makes with the key he kept.
 * @param environment null where its keys are the newest, and the authority is not
 */
function olderThanSeen(path: string, environment: string | null): Finding {
  if (environment === null)
    return {
      rule: "manifest-change",
      level: "warning",
      path,
      message: `${path}: the authority is older than what this machine has seen, or of another line; the keys are not`,
      fix: "merge the branch that has the newer envseal.json; if this one should have it, find out who put the older one there",
    };
  return {
    rule: "manifest-change",
    level: "warning",
    path,
    message: `${path}: the keys of ${environment} are older than what this machine has seen`,
    fix: "merge the branch that has the newer ones; if this one should have them, find out who put the older ones there",
  };
}
