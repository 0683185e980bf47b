import { basename, dirname, join, resolve } from "node:path";
import type { Context } from "../../../context.ts";
import { classifyFile, vaultName } from "../../../core/names.ts";
import { serialise } from "../../../core/vault/document.ts";
import { maskSealed } from "../../../core/vault/mask.ts";
import { openVault } from "../../../core/vault/open-vault.ts";
import { parseVault } from "../../../core/vault/vault.ts";
import { RowTable } from "../../../core/vault/vault-rows.ts";
import { EnvsealError } from "../../../errors.ts";
import { blobsAt, blobText } from "../../../git/objects.ts";
import { gitLines } from "../../../git/output.ts";
import { requireCommit } from "../../../git/revisions.ts";
import { fromTop } from "../../../git/work-tree.ts";
import { printableLines } from "../../../printable.ts";
import { plain, say } from "../../../ui/output.ts";
import { page } from "../../../ui/pager.ts";
import { openProject } from "../../../workspace/project.ts";
import { openHistoryKeys } from "../keys.ts";
import { gitPager, repositoryTop } from "../targets.ts";

/** The plaintext of a vault at a commit, byte for byte; on a terminal masked, unless asked for. */
export async function run(context: Context): Promise<void> {
  const [spec = ""] = context.args;
  const project = openProject(context);
  const top = repositoryTop(project);
  const { revision, path } = parseSpec(spec, top, context);
  const text = findVault(top, revision, path);
  if (process.stdout.isTTY && context.flags.reveal !== true) {
    const rows = maskSealed(text).split("\n");
    await page(printableLines(`${rows.filter((row) => row !== "").join("\n")}\n`), gitPager(top));
    return say(context, "masked; --reveal shows the values");
  }
  const vault = parseVault(text, plain(spec));
  const keys = openHistoryKeys(project, vault.environment, context);
  if (keys === null)
    throw new EnvsealError("NO_KEY", `there is no key of ${vault.environment} at hand`, {
      hint: "use an identity with access, or ENVSEAL_KEY",
    });
  const bytes = serialise(openVault(vault, keys.of(vault.id), plain(spec)).document);
  if (process.stdout.isTTY) await page(printableLines(Buffer.from(bytes).toString("utf8").replaceAll("\r\n", "\n")), gitPager(top));
  else process.stdout.write(bytes);
}

/** `REV:FILE` as git takes it: from the top, or from here with `./`; the vault's name or the plaintext's. Without REV, HEAD. */
function parseSpec(spec: string, top: string, { cwd }: Context): { revision: string; path: string } {
  const colon = spec.indexOf(":");
  const file = spec.slice(colon + 1);
  const kind = classifyFile(basename(file));
  if (kind?.kind !== "vault" && kind?.kind !== "plaintext")
    throw new EnvsealError("USAGE", `${plain(basename(file))} is neither a vault nor a file that has one`, {
      hint: "envseal show HEAD~3:.env.production",
    });
  const relative = colon === -1 || file.startsWith("./") || file.startsWith("../");
  const place = relative ? fromTop(top, resolve(cwd, file)) : file;
  return {
    revision: colon > 0 ? spec.slice(0, colon) : colon === 0 ? "" : "HEAD",
    path: join(dirname(place), vaultName(kind.environment)),
  };
}

/** At the path; else wherever the vault that is there today was at that commit. @throws NO_VAULT, USAGE */
function findVault(top: string, revision: string, path: string): string {
  const commit = revision === "" ? "" : requireCommit(top, revision);
  const [blob] = blobsAt(top, [{ oid: commit, path }]);
  if (blob != null) return blobText(top, blob);
  const moved = commit === "" ? null : findMoved(top, commit, path);
  if (moved !== null) return moved;
  throw new EnvsealError("NO_VAULT", `there is no ${plain(path)} at ${plain(revision || "the index")}`, {
    hint: "envseal log lists the commits that have it",
  });
}

function findMoved(top: string, commit: string, path: string): string | null {
  const table = new RowTable();
  const [today] = blobsAt(top, [{ oid: "HEAD", path }]);
  if (today == null) return null;
  const { id } = table.read(blobText(top, today));
  const there = gitLines(top, ["ls-tree", "-r", "-z", "--name-only", "--full-tree", "--end-of-options", commit], { nul: true }).filter(
    (name) => classifyFile(basename(name))?.kind === "vault",
  );
  const blobs = blobsAt(
    top,
    there.map((name) => ({ oid: commit, path: name })),
  );
  return (
    blobs.flatMap((blob) => (blob === null ? [] : [blobText(top, blob)])).find((text) => id !== "" && table.read(text).id === id) ?? null
  );
}
