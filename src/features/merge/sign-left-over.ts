import { mayDecide } from "../../age/unlock.ts";
import { wrapKey } from "../../age/wrap.ts";
import type { Context } from "../../context.ts";
import type { AccessEntry } from "../../core/authority/access-entry.ts";
import { ownMember } from "../../core/authority/authority.ts";
import { environmentOf } from "../../core/authority/authority-of.ts";
import type { EnvironmentProblem, EnvironmentStatement } from "../../core/authority/environment-statement.ts";
import type { Manifest } from "../../core/authority/manifest.ts";
import { onlySignature } from "../../core/authority/statement.ts";
import { withoutAccess } from "../../core/keys/fence.ts";
import type { Keyring } from "../../core/keys/keyring.ts";
import { withGrantsSigned, withStatement, withWrapped } from "../../core/keys/manifest-edits.ts";
import { isEnvsealError } from "../../errors.ts";
import { plain, say } from "../../ui/output.ts";
import { choose, confirm } from "../../ui/prompt.ts";
import { unlockAtHand } from "../../workspace/unlock-at-hand.ts";
import type { ManifestPlace, MergeHand } from "./hand.ts";
import { describeDoubtful } from "./left-out.ts";
import type { LeftOver } from "./left-over.ts";

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
