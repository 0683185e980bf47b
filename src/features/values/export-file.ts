import { closeSync, existsSync, fstatSync, ftruncateSync, lstatSync, openSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { classifyFile } from "../../core/names.ts";
import type { DocumentLine } from "../../core/vault/document.ts";
import { EnvsealError } from "../../errors.ts";
import { displayPath } from "../../project/find.ts";
import { replaceFile } from "../../system/private-file.ts";
import { ioError, isMissing } from "../../system/read.ts";
import { writeWhole } from "../../system/staging.ts";
import { compareWithPlaintext } from "../../workspace/agreement.ts";
import { type Project, targetAt } from "../../workspace/project.ts";
import { refuseTrackedWayOut } from "../../workspace/refuse-in-repository.ts";
import { foreignPeer, type OpenTarget } from "../../workspace/vaults.ts";

/**
 * A vault's plaintext may be written over where all in it is in the vault, or was when the two last agreed: that comes back.
 * @throws DIVERGED where something would be lost, another vault's plaintext hold these values, or a vault be no more
 */
export function refuseLoss(project: Project, open: OpenTarget, path: string): void {
  const kind = classifyFile(basename(path))?.kind;
  if (!existsSync(path) || (kind !== "plaintext" && kind !== "vault")) return;
  const target = targetAt(project, path);
  if (!Object.hasOwn(project.manifest.vaults, target.listed)) return;
  const refused = (what: string, hint: string) =>
    new EnvsealError("DIVERGED", `${displayPath(path)} ${what}; it was not written`, { hint });
  if (kind === "vault") throw refused("is a vault", "name another file");
  if (target.path !== open.target.path)
    throw refused(
      `is the plaintext of ${target.listed}`,
      `name another file; to write the values of ${open.target.listed} over it add --yes`,
    );
  const { plaintext, base } = compareWithPlaintext(project, open);
  const known = new Set([open.opened.document, base].flatMap((document) => document?.lines.map(contentOf) ?? []));
  if (foreignPeer(target) === null && plaintext?.document.lines.every((line) => known.has(contentOf(line)))) return;
  throw refused(`holds what ${target.listed} does not`, "envseal encrypt seals it; to lose it all the same add --yes");
}

/** What a line says, however it is written. */
function contentOf(line: DocumentLine): string {
  return line.kind === "assignment" ? `${line.name}=${line.value}` : line.raw.trim();
}

/**
 * Writes values to a file that only its owner reads, also where one with another mode stood there. It is made beside its
 * place: in a container the project's folder may be read-only.
 */
export function writePrivate(path: string, text: string): void {
  try {
    refuseTrackedWayOut(path);
    refuseOther(path);
    replaceFile(path, text, 0o600);
  } catch (error) {
    throw ioError(error, `cannot write ${path}`);
  }
}

/** Renaming would replace a link, a device or a pipe. */
function refuseOther(path: string): void {
  try {
    if (lstatSync(path).isFile()) return;
  } catch (error) {
    if (isMissing(error)) return;
    throw error;
  }
  throw new EnvsealError("IO", `${path} is no regular file, and writing would replace it`, {
    hint: "name another file, or leave --output away and redirect",
  });
}

/** Adds to what other steps wrote, all or nothing; a last line of theirs that is not ended is ended first. @throws IO */
export function appendPrivate(path: string, text: string): void {
  try {
    refuseTrackedWayOut(path);
    const added = Buffer.from(endsOpen(path) ? `\n${text}` : text);
    const fd = openSync(path, "a", 0o600);
    try {
      append(fd, added);
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    throw ioError(error, `cannot write ${path}`);
  }
}

/** Half of it would be some of the variables, which a step that goes on after an error would take. */
function append(fd: number, bytes: Buffer): void {
  const before = fstatSync(fd);
  try {
    writeWhole(fd, bytes);
  } catch (error) {
    if (before.isFile()) ftruncateSync(fd, before.size);
    throw error;
  }
}

function endsOpen(path: string): boolean {
  try {
    const before = readFileSync(path);
    return before.length > 0 && before.at(-1) !== 0x0a;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}
