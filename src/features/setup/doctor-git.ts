import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Context } from "../../context.ts";
import { isEnvsealError } from "../../errors.ts";
import { isIgnoredBy, refExists } from "../../git/ignore.ts";
import { configValue, version as gitVersion, trackedFiles } from "../../git/repo.ts";
import { workTree } from "../../git/work-tree.ts";
import { shellWord } from "../../printable.ts";
import { isOwnClone } from "../../project/trusted-clones.ts";
import type { EnvFiles } from "../../workspace/env-files.ts";
import { hidesVaults, planAttributes, planDeployIgnores } from "../../workspace/ignore-files.ts";
import type { Project } from "../../workspace/project.ts";
import { armedEvents, probe } from "../hooks/arm.ts";
import { STOPPING } from "../hooks/event-names.ts";
import { isCurrent } from "../hooks/install.ts";
import { hookPlace } from "../hooks/place.ts";
import { type Check, failed, passed } from "./diagnosis.ts";

/** What is wrong with how git treats this project's files in this clone. */
export async function checkGit(project: Project, { plaintext }: EnvFiles, { env }: Context): Promise<Check[]> {
  const { root } = project;
  const paths = plaintext.map(({ path }) => path);
  const tracked = await trackedFiles(root, paths);
  const open = paths.filter((path) => !tracked.includes(path) && !isIgnoredBy(root, path));
  const hidden = Object.keys(project.manifest.vaults).filter((path) => existsSync(join(root, path)) && isIgnoredBy(root, path));
  const cached = (await configValue(root, "diff.envseal.cachetextconv")) === "true" || refExists(root, "refs/notes/textconv/envseal");
  return [
    passed("git", await gitVersion(root)),
    ...tracked.map((path) =>
      failed(path, "is plaintext and git tracks it", `git rm --cached ${shellWord(path)}, and change its secrets at their providers`),
    ),
    ...open.map((path) => failed(path, "is plaintext and git does not ignore it", "envseal init adds it to .gitignore")),
    ...hidden.map((path) => failed(path, "is a vault and git ignores it", "envseal init un-ignores it")),
    checkHooks(root, env),
    ...((await configValue(root, "merge.envseal.driver")) === null
      ? [failed("merge driver", "is not set in this clone: vaults are merged as text", "envseal hooks install")]
      : []),
    ...planAttributes(root).map(() => failed(".gitattributes", "lacks the lines that make vaults diff and merge by name", "envseal init")),
    ...(cached
      ? [
          failed(
            "textconv cache",
            "git stores decrypted text under refs/notes/textconv/envseal",
            "git config --unset diff.envseal.cachetextconv; git update-ref -d refs/notes/textconv/envseal; git gc --prune=now",
          ),
        ]
      : []),
  ];
}

export function checkDeployFiles({ root }: Project): Check[] {
  const planned = new Set(planDeployIgnores(root).map(({ path }) => path));
  return [".dockerignore", ".vercelignore", ".gcloudignore"]
    .filter((name) => hidesVaults(root, name))
    .map((name) =>
      failed(
        name,
        "hides vaults or envseal.json from deployments",
        planned.has(join(root, name))
          ? "envseal init adds the line that un-hides them"
          : "remove the last pattern that matches .env.vault or envseal.json",
      ),
    );
}

function checkHooks(root: string, env: NodeJS.ProcessEnv): Check {
  try {
    const place = hookPlace(workTree(root));
    const armed = armedEvents(place);
    if (armed.length === 0 && !existsSync(place.runner)) return failed("hooks", "are not armed in this clone", "envseal hooks install");
    if (!isOwnClone(env, place.gitFolder))
      return failed("hooks", "were installed by somebody else, and so are not tried out", "envseal hooks install");
    if (!isCurrent(place)) return failed("hooks", "start a copy of another envseal than this one", "envseal hooks install");
    return probe(place) && STOPPING.every((event) => armed.includes(event))
      ? passed("hooks", "are armed, and git reaches them")
      : failed("hooks", "are installed, but git does not reach all of them", "envseal hooks install");
  } catch (error) {
    if (!isEnvsealError(error)) throw error;
    return failed("hooks", error.message, error.hint ?? "");
  }
}
