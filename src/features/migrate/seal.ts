import { existsSync } from "node:fs";
import { basename } from "node:path";
import type { Context } from "../../context.ts";
import { hasEnvironment } from "../../core/authority/authority-of.ts";
import type { Manifest } from "../../core/authority/manifest.ts";
import { equalBytes } from "../../core/bytes.ts";
import type { Keyring } from "../../core/keys/keyring.ts";
import { MAX_VAULT_BYTES } from "../../core/limits.ts";
import { environmentOfFile } from "../../core/names.ts";
import { type Document, serialise, valuesOf } from "../../core/vault/document.ts";
import { EnvsealError } from "../../errors.ts";
import { shellWord } from "../../printable.ts";
import { findGitFolder } from "../../project/gitdir.ts";
import { writeAtomic } from "../../project/write.ts";
import { readBounded } from "../../system/read.ts";
import { describeDifference, difference, recordAgreement } from "../../workspace/agreement.ts";
import { createVault } from "../../workspace/create-vault.ts";
import { applyChanges, planGitignore } from "../../workspace/ignore-files.ts";
import { openKeyring, rememberOwn } from "../../workspace/keyring.ts";
import { writeManifest } from "../../workspace/manifest.ts";
import { addEnvironment } from "../../workspace/new-environment.ts";
import type { Project, Target } from "../../workspace/project.ts";
import { type OpenTarget, openToWrite, sealTarget, vaultText, writableKeyring } from "../../workspace/vaults.ts";
import { named } from "./formats/imported.ts";

/** A file of another tool, decrypted and checked, and the vault it goes into. */
export interface Import {
  label: string;
  document: Document;
  /** Names that are not shown in clear because a file says so (imported.ts). */
  unbound: readonly string[];
  target: Target;
}

export interface Sealed {
  target: Target;
  environment: string;
  outcome: "new" | "replaced" | "unchanged";
  names: string[];
  /** For an environment that was made: what its vault shows in clear; else null. */
  publicPatterns: string[] | null;
}

/** `write` gives the vault's id and text. */
type Step = Sealed & { agrees: boolean; keyring: Keyring; write: (project: Project) => { id: string; text: string } };

/**
 * Seals all of them, or none: every vault is looked at before the first is written.
 * @throws DIVERGED where a vault holds other values, or would show in clear what was encrypted, and --yes was not given;
 * UNLISTED_VAULT, USAGE; what opening throws
 */
export async function sealImports(project: Project, imports: readonly Import[], context: Context): Promise<Sealed[]> {
  const twice = imports.find(({ target }, index) => imports.findIndex((other) => other.target.listed === target.listed) !== index);
  if (twice !== undefined) {
    throw new EnvsealError("USAGE", `two of the files would go into ${twice.target.listed}`, {
      hint: "import them one by one, with -e NAME",
    });
  }
  const made = new Map<string, { keyring: Keyring; publicPatterns: string[] }>();
  let { manifest } = project;
  const steps: Step[] = [];
  for (const item of imports) {
    const { target, document } = item;
    const environment = environmentOfFile(basename(target.path)) as string;
    const about = { target, environment, names: [...valuesOf(document).keys()], agrees: agreesBeside(target, document) };
    if (existsSync(target.path) && Object.hasOwn(project.manifest.vaults, target.listed)) {
      steps.push({ ...about, publicPatterns: null, ...replace(openToWrite(project, target, context), item, context) });
      continue;
    }
    if (existsSync(target.path)) throw unlisted(target);
    let publicPatterns: string[] | null = null;
    if (!hasEnvironment(manifest, environment)) {
      const same = imports.filter(({ target: other }) => basename(other.path) === basename(target.path));
      const names = same.flatMap((item) => [...valuesOf(item.document).keys()]);
      const created = await addEnvironment(
        { ...project, manifest },
        environment,
        names,
        context,
        same.flatMap(({ unbound }) => unbound),
      );
      made.set(environment, created);
      ({ manifest, publicPatterns } = created);
    }
    const keyring = made.get(environment)?.keyring ?? openKeyring(project, environment, context);
    if (!context.yes) refuseShown(item, keyring);
    const listed = project.manifest.vaults[target.listed];
    if (listed !== undefined) keyring.checkVault(target.listed, listed);
    const vault = createVault(manifest, keyring, target.listed, document);
    manifest = vault.manifest;
    steps.push({ ...about, outcome: "new", publicPatterns, keyring, write: writeNew(target, vault) });
  }
  return writeAll(project, manifest, steps, made, context);
}

/** dotenvx binds no value to its name: under one that is public here, whoever writes the file could have any of them shown. */
function refuseShown({ label, unbound, target }: Import, keyring: Keyring, changes = ""): void {
  const shown = unbound.filter((name) => keyring.isPublic(name));
  if (shown.length === 0) return;
  throw new EnvsealError(
    "DIVERGED",
    `${label} has encrypted what ${target.listed} would show in clear: ${named(shown)}${changes}; nothing was written`,
    {
      hint: `a value may stand there under another name than its own: to seal it, envseal public NAME --remove -e ${keyring.environment}; where it is no secret, --yes`,
    },
  );
}

function writeNew(target: Target, { id, text }: { id: string; text: string }): Step["write"] {
  return ({ root }) => {
    writeAtomic(root, target.path, text);
    return { id, text };
  };
}

/** The manifest first: a vault that is listed and missing is made again by the next run, an unlisted one is refused. */
function writeAll(
  project: Project,
  manifest: Manifest,
  steps: readonly Step[],
  made: ReadonlyMap<string, { keyring: Keyring }>,
  context: Context,
): Sealed[] {
  if (manifest !== project.manifest) writeManifest(project, manifest, context);
  const after = { ...project, manifest };
  const sealed = steps.map(({ write, agrees, keyring, ...about }) => {
    const { id, text } = write(after);
    if (agrees) recordAgreement(after, id, text, keyring);
    return about;
  });
  if (made.size > 0) rememberOwn(manifest, context);
  if (findGitFolder(project.root) !== null) {
    const vaults = steps.map(({ target }) => target.listed);
    const plaintext = vaults.map((path) => path.replace(/\.vault$/, ""));
    applyChanges(project.root, planGitignore(project.root, plaintext, vaults));
  }
  return sealed;
}

/** A plaintext file beside the vault that says the same is in agreement from now on; any other is left alone. */
function agreesBeside(target: Target, document: Document): boolean {
  const beside = readBounded(target.plaintext, MAX_VAULT_BYTES);
  return beside !== null && equalBytes(beside, serialise(document));
}

function replace(open: OpenTarget, item: Import, context: Context): Pick<Step, "outcome" | "keyring" | "write"> {
  const { document } = item;
  const keyring = writableKeyring(open.access, context);
  const before = open.opened.document;
  if (equalBytes(serialise(before), serialise(document)))
    return { outcome: "unchanged", keyring, write: () => ({ id: open.vault.id, text: vaultText(open.target) }) };
  const changes = describeDifference(difference(before, document));
  if (!context.yes) refuseShown(item, keyring, isPlaceholder(before) ? "" : `, and sets what it has (${changes})`);
  if (!context.yes && !isPlaceholder(before)) {
    throw new EnvsealError("DIVERGED", `${open.target.listed} is there already and says something else (${changes}); nothing was written`, {
      hint: "+ and ~ are what the import would set, - what it would drop; --yes replaces the whole vault by the import",
    });
  }
  return {
    ...{ outcome: "replaced", keyring },
    write: (after) => ({ id: open.vault.id, text: sealTarget(after, open, document, context).text }),
  };
}

/** What `init` makes where it finds no plaintext: nothing, or names without values. */
function isPlaceholder({ lines }: Document): boolean {
  return lines.every((line) => line.kind === "assignment" && line.value === "");
}

function unlisted(target: Target): EnvsealError {
  return new EnvsealError("UNLISTED_VAULT", `${target.listed} is there and is not listed in the manifest`, {
    hint: `move it away first, for example: git mv ${shellWord(basename(target.path))} dotenv-vault.env; then import it from there`,
  });
}
