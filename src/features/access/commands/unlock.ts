import { recipientName } from "../../../age/unlock.ts";
import { type Context, textFlag } from "../../../context.ts";
import type { Manifest } from "../../../core/authority/manifest.ts";
import { readIdentityFile } from "../../../custody/identity-file.ts";
import { type CustodyRecord, readCustodyRecord, writeCustodyRecord } from "../../../custody/record.ts";
import { writeSession } from "../../../custody/session-write.ts";
import { EnvsealError } from "../../../errors.ts";
import { say } from "../../../ui/output.ts";
import { askCustody } from "../../../workspace/identity.ts";
import { openProject, type Project } from "../../../workspace/project.ts";
import { proposeRecipientName } from "../recipient-name.ts";
import { askRecoveryWords } from "../recovery-words.ts";

const UNITS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const MAX_TTL = 7 * 86_400_000;

/** Keeps an identity that is under a passphrase, in a keychain or on paper open for a while, for loaders and commands. */
export async function run(context: Context): Promise<void> {
  const ttl = parseTtl(textFlag(context, "ttl") ?? "8h");
  const project = openProject(context);
  const recovery = context.flags.recovery === true;
  if (readIdentityFile(context.env, project.manifest.project) !== null) return besideFile(recovery, context);
  const identity = recovery ? (await askRecoveryWords(project)).secret : await fromCustody(project, context);
  const expires = writeSession(context.env, project.manifest.project, identity, ttl);
  say(
    context,
    `unlocked for ${recipientName(project.manifest, identity)} until ${expires.toISOString().slice(0, 16).replace("T", " ")} UTC; envseal lock ends it`,
  );
}

/** The identity file goes before what is kept here: nothing would be read from it. @throws USAGE for recovery words */
function besideFile(recovery: boolean, context: Context): void {
  if (!recovery) return say(context, "your identity is in a file on this machine: there is nothing to unlock");
  throw new EnvsealError("USAGE", "the identity file on this machine goes before the recovery words, which would open nothing", {
    hint: "envseal recovery use gives that identity access to all that the words open",
  });
}

async function fromCustody(project: Project, context: Context): Promise<Uint8Array> {
  const known = readCustodyRecord(context.env, project.manifest.project);
  const record = known ?? (await passphraseRecord(project, context));
  const identity = await askCustody(project, record, context);
  if (known === null) writeCustodyRecord(context.env, project.manifest.project, record);
  return identity;
}

/** On a new machine a passphrase needs nothing but the repository: --name, the only one there is, or git's own name. */
async function passphraseRecord({ manifest, root }: Project, context: Context): Promise<CustodyRecord> {
  const names = underPassphrase(manifest);
  const proposed = textFlag(context, "name") ?? (names.length === 1 ? names[0] : await proposeRecipientName(root));
  if (proposed !== undefined && names.includes(proposed)) return { kind: "passphrase", name: proposed };
  if (names.length === 0) {
    throw new EnvsealError("NO_KEY", "this machine has no identity for this project, and nobody's is under a passphrase", {
      hint: "ask a teammate for access (envseal join), or use the recovery words: envseal unlock --recovery",
    });
  }
  throw new EnvsealError("USAGE", "there are several identities under a passphrase", {
    hint: `choose yours with --name: ${names.sort().join(", ")}`,
  });
}

function underPassphrase({ recipients }: Manifest): string[] {
  return Object.keys(recipients).filter((name) => recipients[name]?.custody?.kind === "passphrase");
}

/** @throws USAGE */
function parseTtl(text: string): number {
  const [, number = "", unit = ""] = /^([1-9]\d{0,5})([smhd])$/.exec(text) ?? [];
  const ttl = Number(number) * (UNITS[unit] ?? 0);
  if (ttl > 0 && ttl <= MAX_TTL) return ttl;
  throw new EnvsealError("USAGE", "--ttl is no time up to 7 days", { hint: "write it as 30m, 8h or 2d" });
}
