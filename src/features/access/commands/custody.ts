import { fingerprint } from "../../../age/fingerprint.ts";
import { formatIdentity } from "../../../age/keys.ts";
import { type Context, textFlag } from "../../../context.ts";
import { identityPath } from "../../../custody/identity-file.ts";
import { sweepIdentities } from "../../../custody/identity-write.ts";
import { KDFS, type Kdf } from "../../../custody/passphrase.ts";
import { EnvsealError } from "../../../errors.ts";
import { withLock } from "../../../project/lock.ts";
import { json, line, say } from "../../../ui/output.ts";
import { showSecret } from "../../../ui/show-once.ts";
import { askCustody } from "../../../workspace/identity.ts";
import { openProject, type Project } from "../../../workspace/project.ts";
import { type Holding, holdingOf, moveCustody, type NewCustody, newPassphraseCustody } from "../move-custody.ts";

const KINDS = ["file", "passphrase", "keychain", "command"] as const;

/** How this person's identity is held, and moving it: vaults and access entries stay as they are, byte for byte. */
export async function run(context: Context): Promise<void> {
  const [action, kind] = context.args;
  if (action === "show" && kind === undefined) return show(context);
  if (action === "move" && KINDS.includes(kind as NewCustody["kind"])) return move(kind as NewCustody["kind"], context);
  throw new EnvsealError("USAGE", "custody takes show, or move and one of file, passphrase, keychain, command", {
    hint: "envseal help custody",
  });
}

async function show(context: Context): Promise<void> {
  const project = openProject(context);
  const holding = holdingOf(project, context);
  if (context.flags.reveal === true) return reveal(project, holding, context);
  const where = placeOf(project, holding, context);
  const known = project.manifest.recipients[holding.name];
  const person = { recipient: known?.recipient ?? "", signer: known?.signer };
  if (context.json)
    return json({ name: holding.name, kind: holding.kind, where, recipient: person.recipient, fingerprint: fingerprint(person) });
  line(`${holding.name}: ${holding.kind}, ${where}\nrecipient ${person.recipient}\nfingerprint ${fingerprint(person)}`);
}

function placeOf({ manifest }: Project, { kind, record }: Holding, { env }: Context): string {
  if (kind === "file") return identityPath(env, manifest.project) ?? "";
  if (record?.kind === "command") return `what "${record.command.join(" ")}" prints`;
  return kind === "keychain" ? "in the OS keychain" : "sealed in envseal.json";
}

/** Printing an identity is giving it away: once, on a terminal, and said to be saved; or on purpose, into a pipe. */
async function reveal(project: Project, holding: Holding, context: Context): Promise<void> {
  const text = formatIdentity(await identityOf(project, holding, context));
  if (context.yes) return line(text);
  await showSecret(text, {
    title: `the identity of ${holding.name}: whoever has it opens everything that ${holding.name} can`,
    advice: "it is shown once; keep it where only you can read it",
    instead: "add --yes to print it to stdout",
  });
}

async function identityOf(project: Project, { identity, record }: Holding, context: Context): Promise<Uint8Array> {
  if (identity !== null) return identity;
  if (record === null) throw new EnvsealError("BUG", "custody without a record");
  return askCustody(project, record, context);
}

async function move(kind: NewCustody["kind"], context: Context): Promise<void> {
  const first = openProject(context);
  sweepIdentities(context.env, first.manifest.project);
  const holding = holdingOf(first, context);
  const halfDone = kind === "file" && (holding.record !== null || first.manifest.recipients[holding.name]?.custody?.kind !== "file");
  if (kind === holding.kind && kind !== "command" && !halfDone) throw alreadyThere(kind, holding.name);
  const identity = await identityOf(first, holding, context);
  const next = await prepare(kind, first, holding, identity, context);
  await withLock(first.root, context, () => moveCustody(openProject(context), holding.name, identity, next, context));
  say(context, `the identity of ${holding.name} is now held by: ${kind}; commit envseal.json`);
  if (holding.kind === "passphrase")
    say(context, "git history still holds the identity under the passphrase: if that one is weak or known, make a new identity and rotate");
}

async function prepare(
  kind: NewCustody["kind"],
  project: Project,
  { name }: Holding,
  identity: Uint8Array,
  context: Context,
): Promise<NewCustody> {
  if (kind === "command") return { kind, command: context.rest };
  if (context.rest.length > 0)
    throw new EnvsealError("USAGE", `custody move ${kind} takes nothing behind --`, { hint: "envseal help custody" });
  if (kind === "keychain") return { kind };
  if (kind === "passphrase") {
    const kdf = textFlag(context, "kdf") ?? "scrypt";
    if (!KDFS.includes(kdf as Kdf))
      throw new EnvsealError("USAGE", "there is no such key derivation", { hint: `--kdf takes ${KDFS.join(" or ")}` });
    return { kind, custody: await newPassphraseCustody(project, name, identity, kdf as Kdf, context) };
  }
  if (!context.yes) {
    await showSecret(formatIdentity(identity), {
      title: `the identity of ${name}, which will stand in a file on this machine alone`,
      advice: "keep a copy where only you can read it: a lost machine would be a lost identity",
      instead: "add --yes to write the file without showing it",
    });
  }
  return { kind };
}

function alreadyThere(kind: string, name: string): EnvsealError {
  const passphrase = kind === "passphrase";
  return new EnvsealError(
    "USAGE",
    passphrase ? "a passphrase cannot be changed: the identity under the old one stays in git history" : `custody is ${kind} already`,
    {
      hint: passphrase
        ? `a new one means a new identity and a rotation: envseal join --new --name ${name}-2, a teammate grants it (alone: envseal recovery use), then envseal revoke ${name}`
        : "envseal custody show",
    },
  );
}
