import { basename, dirname, join } from "node:path";
import type { Peer } from "../../guard/peers.ts";
import { shellWord } from "../../printable.ts";
import { displayPath } from "../../project/find.ts";
import { settingsText } from "../../system/read.ts";
import { count, paint, plain } from "../../ui/output.ts";
import type { Project } from "../../workspace/project.ts";
import type { Sealed } from "./seal.ts";

/** What was sealed, a line a vault. */
export function describeSealed(labels: readonly string[], sealed: readonly Sealed[]): string {
  return sealed
    .flatMap(({ target, environment, outcome, names, publicPatterns }, index) => {
      const from = plain(labels[index] ?? "");
      if (outcome === "unchanged") return [`${plain(target.listed)} says what ${from} says already`];
      const clear = publicPatterns?.length ? `; shown in clear: ${publicPatterns.join(", ")}` : "";
      return [
        `${paint("green", "sealed")} ${from} into ${plain(target.listed)} (${count(names.length, "value")})`,
        ...(publicPatterns === null ? [] : [`  environment ${environment}: a new key${clear}`]),
      ];
    })
    .join("\n");
}

/** What remains for people to do: the old file and its keys are theirs to remove. */
export function nextSteps(peer: Peer, project: Project, paths: readonly string[], sealed: readonly Sealed[]): string {
  const old = paths.map((path) => shellWord(displayPath(path))).join(" ");
  const vaults = sealed.map(({ target }) => shellWord(target.listed)).join(" ");
  const environment = sealed[0]?.environment ?? "default";
  const steps = {
    dotenvx: [
      `git rm --cached ${old}; rm ${old}          the file of dotenvx; .env.keys too, once nothing needs it`,
      "replace dotenvx run -- by envseal run --, and DOTENV_PRIVATE_KEY… in CI and on servers by a deploy key",
      "if .env.keys or a private key ever was in git: change those secrets at their providers",
    ],
    "dotenv-vault": [
      `git rm ${old}          the vault of dotenv-vault`,
      "replace DOTENV_KEY in CI and on servers by a deploy key, and require('dotenv').config() by envseal/config",
      "dotenv-vault's service has seen these values: change those that matter at their providers",
    ],
    sops: [
      `git rm ${old}          the file of SOPS; its rule in .sops.yaml too`,
      "replace sops exec-env and sops decrypt by envseal run --, and SOPS_AGE_KEY in CI by a deploy key",
      "whoever had an age key of the old file can read it in git for ever: change what they should not know",
    ],
    "git-crypt": [
      `git rm --cached ${old}          first, or the next commit holds it in clear`,
      ...filterLines(project.root, paths),
      "whoever has the git-crypt key can read the old commits for ever: change what they should not know",
    ],
  }[peer];
  return [
    "",
    "next:",
    `  git add envseal.json ${vaults}`,
    ...steps.map((step) => `  ${step}`),
    `  envseal deploy-key create ci -e ${environment}          a key for CI or a server`,
  ].join("\n");
}

/** Lines of .gitattributes that still hand these files to git-crypt; the pattern is shown, git decides what it matches. */
function filterLines(root: string, paths: readonly string[]): string[] {
  const folders = new Set([root, ...paths.map((path) => dirname(path))]);
  const found = [...folders].flatMap((folder) => {
    const path = join(folder, ".gitattributes");
    const rows = settingsText(path).split(/\r?\n/);
    return rows.flatMap((row, index) =>
      /\s(?:filter|diff)=git-crypt\b/.test(row) && !row.startsWith("#")
        ? [`remove from ${plain(displayPath(path))} line ${index + 1} what hands the file to git-crypt: ${plain(row.slice(0, 120))}`]
        : [],
    );
  });
  const names = paths.map((path) => plain(basename(path))).join(", ");
  return found.length > 0 ? found : [`remove the line with filter=git-crypt for ${names} from .gitattributes`];
}
