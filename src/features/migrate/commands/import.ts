import { basename } from "node:path";
import type { Context } from "../../../context.ts";
import { EnvsealError } from "../../../errors.ts";
import { isPeer, PEERS, type Peer } from "../../../guard/peers.ts";
import { withLock } from "../../../project/lock.ts";
import { json, say, warn } from "../../../ui/output.ts";
import { openProject, type Project } from "../../../workspace/project.ts";
import type { Imported } from "../formats/imported.ts";
import { dotenvVaultKey, dotenvxKeys, sopsDataKey } from "../keys.ts";
import { type Sealed, sealImports } from "../seal.ts";
import { readSources, type Source, targetFor } from "../sources.ts";
import { describeSealed, nextSteps } from "../text.ts";

/** Opens what another tool sealed, checks all of it, and only then seals it into vaults. The old files stay. */
export async function run(context: Context): Promise<void> {
  const [from = "", ...files] = context.args;
  if (!isPeer(from))
    throw new EnvsealError("USAGE", "there is no importer of that name", { hint: `envseal import takes ${PEERS.join(", ")}` });
  const { root } = openProject(context);
  const sources = readSources(from, files, context);
  await withLock(root, context, async () => {
    const project = openProject(context);
    const opened: (Imported & { environment?: string })[] = [];
    for (const source of sources) opened.push(await openSource(from, source, project, context));
    const imports = sources.map((source, index) => {
      const { document, environment, unbound = [] } = opened[index] as Imported & { environment?: string };
      return { label: source.label, document, unbound, target: targetFor(project, source, environment, sources.length === 1, context) };
    });
    const sealed = await sealImports(project, imports, context);
    for (const { warnings } of opened) for (const text of warnings) warn(text);
    report(from, project, sources, sealed, opened, context);
  });
}

/** Each importer is loaded where it is asked for. */
async function openSource(
  peer: Peer,
  { path, label, bytes }: Source,
  project: Project,
  context: Context,
): Promise<Imported & { environment?: string }> {
  switch (peer) {
    case "dotenvx": {
      const { openDotenvx, readDotenvx } = await import("../formats/dotenvx.ts");
      const file = readDotenvx(bytes, label, basename(path));
      if (file.sealed > 200) say(context, `opening ${file.sealed} values of ${label}, which takes some seconds`);
      return openDotenvx(file, await dotenvxKeys(file, path, context), label);
    }
    case "dotenv-vault": {
      const { openDotenvVault } = await import("../formats/dotenv-vault.ts");
      return openDotenvVault(bytes, dotenvVaultKey(context), label, context.environment);
    }
    case "sops": {
      const { parseSops } = await import("../formats/sops-file.ts");
      const { openSops } = await import("../formats/sops.ts");
      const file = parseSops(bytes, label);
      return openSops(file, await sopsDataKey(file, label, project, context), label, context.flags["like-dotenv"] === true);
    }
    case "git-crypt":
      return (await import("../formats/git-crypt.ts")).openGitCrypt(bytes, label);
  }
}

function report(
  peer: Peer,
  project: Project,
  sources: readonly Source[],
  sealed: readonly Sealed[],
  opened: readonly Imported[],
  context: Context,
): void {
  const labels = sources.map(({ label }) => label);
  say(context, describeSealed(labels, sealed));
  say(
    context,
    nextSteps(
      peer,
      project,
      sources.map(({ path }) => path),
      sealed,
    ),
  );
  if (!context.json) return;
  json({
    imported: sealed.map(({ target, environment, outcome, names }, index) => ({
      file: labels[index],
      vault: target.listed,
      environment,
      outcome,
      names,
      warnings: opened[index]?.warnings,
    })),
  });
}
