import { join, relative } from "node:path";
import { append } from "../../core/append.ts";
import { isEnvironmentSuffix, plaintextName } from "../../core/names.ts";
import { valuesOf } from "../../core/vault/document.ts";
import { shellWord } from "../../printable.ts";
import { count, paint, plain, table } from "../../ui/output.ts";
import type { InitPlan } from "./init-plan.ts";

export function isEmptyPlan({ vaults, environments, changes, tracked }: InitPlan): boolean {
  return vaults.length + environments.length + changes.length + tracked.length === 0;
}

/** What `init` is about to do, as people read it. */
export function describePlan(plan: InitPlan, name: string, makesWords: boolean): string {
  const lines = [paint("bold", "envseal init"), ""];
  // What cannot be mended later comes first.
  if (plan.existing === null && !makesWords) {
    lines.push(`  ${paint("yellow", "no recovery words")}: if your identity is lost, so are the values`);
    lines.push("  --recovery-file PATH writes them to a file (--yes cannot show them); afterwards: envseal recovery create", "");
  }
  if (plan.existing === null) lines.push(`  project   ${plan.root}`, `  you       ${name}: a new identity on this machine`, "");
  if (plan.vaults.length > 0) {
    lines.push(
      "  seal",
      indent(
        table(
          plan.vaults.map((vault) => [
            plain(vault.plaintext ?? "(nothing yet)"),
            `-> ${plain(vault.path)}`,
            count(valuesOf(vault.document).size, "value"),
          ]),
        ),
      ),
      "",
    );
  }
  for (const { environment, publicPatterns } of plan.environments) {
    lines.push(
      `  environment ${environment}: a new key${publicPatterns.length === 0 ? "" : `; shown in clear: ${publicPatterns.join(", ")}`}`,
    );
  }
  if (plan.environments.length > 0) lines.push("");
  for (const { path, why } of plan.changes) lines.push(`  change    ${relative(plan.root, path)} ${why}`);
  for (const path of plan.tracked)
    lines.push(`  untrack   ${plain(path)} (git rm --cached; the file stays, and so do its old versions in git history)`);
  append(
    lines,
    skippedLines(plan).map((line) => `  skip      ${line}`),
  );
  for (const path of plan.files.personal) lines.push(`  skip      ${plain(path)}: personal, stays on this machine`);
  for (const { name: variable, path, files } of plan.leaks) {
    const where = `${plain(path)}${files === 1 ? "" : ` and ${count(files - 1, "other file")}`}, which git tracks`;
    lines.push(`  ${paint("yellow", "found")}     the value of ${variable} also stands in ${where}: change it at its provider`);
  }
  if (plan.arms) lines.push("  hooks     git's hooks of this clone, so that no secret leaves by mistake");
  if (!plan.git) lines.push("  no git    guards and ignore files are skipped; run init again after git init");
  return `${lines.join("\n")}\n`;
}

/** Files that wait for another name, for an import, or to be files; each with what to do. */
export function skippedLines({ files, foreign, encrypted, unreadable }: InitPlan): string[] {
  const line = (path: string, text: string) => `${plain(path)}: ${text}`;
  return [
    ...unreadable.map(({ path, why }) => line(path, `not sealed; mend it and run init again: ${plain(why)}`)),
    ...files.misspelt.map(({ path, suggestion }) => line(path, `no vault could be named after it; rename it to ${suggestion}`)),
    ...files.elsewhere.map((path) => line(path, `its name is none that envseal seals or opens; ${adviceFor(path)}`)),
    ...foreign.map(({ path, peer }) => line(path, `${peer} encrypted it; seal it afterwards: envseal import ${peer} ${shellWord(path)}`)),
    ...encrypted.map(({ path, tool }) =>
      line(
        path,
        tool === null
          ? "encrypted by its name, and by no tool that is known here; if it is in clear, rename it"
          : `encrypted by ${tool}; decrypt it with that, and run init again`,
      ),
    ),
    ...files.links.map((path) =>
      line(path, "a symbolic link, left as it is: what it leads to is sealed where that is an env file of this project"),
    ),
  ];
}

/** `config/dev.env` is `config/.env.dev` to envseal. */
function adviceFor(path: string): string {
  const slash = path.lastIndexOf("/") + 1;
  const stem = /^(.+)\.env$/i.exec(path.slice(slash))?.[1]?.toLowerCase().replace(/^\.+/, "");
  const named = stem === undefined || !isEnvironmentSuffix(stem) ? null : plain(`${path.slice(0, slash)}${plaintextName(stem)}`);
  return named === null
    ? "put its secrets into a vault (envseal set NAME), and keep it out of git"
    : `rename it to ${named} and run init again, or keep it out of git`;
}

function indent(text: string): string {
  return text.replace(/^/gm, "    ");
}

/** What was done, and what to do next, to be typed in `cwd`. @param hookFiles of the hooks, what git is to have */
export function describeResult(plan: InitPlan, hasRecovery: boolean, hookFiles: readonly string[], cwd: string): string {
  const lines = [
    `${paint("green", "done:")} ${plan.vaults.length === 0 ? "files changed" : `${count(plan.vaults.length, "vault")} sealed`}`,
  ];
  const lacksWords = plan.existing === null && !hasRecovery;
  if (lacksWords) lines.unshift("there are no recovery words: if your identity is lost, so are the values");
  if (plan.tracked.length > 0)
    lines.push("git history still holds the plaintext that was tracked: change those secrets at their providers");
  const written = [...plan.changes.map(({ path }) => path), ...hookFiles];
  const here = ["envseal.json", ...plan.vaults.map(({ path }) => path)].map((path) => join(plan.root, path));
  const files = [...here, ...written].map((path) => relative(cwd, path));
  const environments = [
    ...Object.keys(plan.existing?.manifest.environments ?? {}),
    ...plan.environments.map(({ environment }) => environment),
  ];
  const choice = environments.length > 1 ? " -e NAME" : "";
  lines.push("", "next:");
  if (plan.git) lines.push(`  git add ${[...new Set(files)].map(shellWord).join(" ")} && git commit -m "seal the environment"`);
  const steps = [
    ...(lacksWords ? [["envseal recovery create", "recovery words, to be kept on paper"]] : []),
    [`envseal run${environments.includes("default") ? "" : choice} -- COMMAND`, "start something with the values"],
    [`envseal deploy-key create ci${choice}`, "a key for CI or a server"],
  ];
  append(
    lines,
    table(steps)
      .split("\n")
      .map((line) => `  ${line}`),
  );
  return lines.join("\n");
}
