import { relative } from "node:path";
import { append } from "../core/append.ts";
import { valuesOf } from "../core/document.ts";
import { shellWord } from "../printable.ts";
import { count, paint, plain, table } from "../ui/output.ts";
import type { InitPlan } from "./init-plan.ts";

export function isEmptyPlan({ vaults, environments, changes, tracked }: InitPlan): boolean {
  return vaults.length + environments.length + changes.length + tracked.length === 0;
}

/** What `init` is about to do, as people read it. */
export function describePlan(plan: InitPlan, name: string): string {
  const lines = [paint("bold", "envseal init"), ""];
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
  for (const { name: variable, path } of plan.leaks)
    lines.push(
      `  ${paint("yellow", "found")}     the value of ${variable} also stands in ${plain(path)}, which git tracks: change it at its provider`,
    );
  if (plan.arms) lines.push("  hooks     git's hooks of this clone, so that no secret leaves by mistake");
  if (!plan.git) lines.push("  no git    guards and ignore files are skipped; run init again after git init");
  return `${lines.join("\n")}\n`;
}

/** Files that wait for another name, for an import, or to be files. */
export function skippedLines({ files, foreign }: InitPlan): string[] {
  const misspelt = files.misspelt.map(
    ({ path, suggestion }) => `${plain(path)}: no vault could be named after it; rename it to ${suggestion}`,
  );
  const encrypted = foreign.map(
    ({ path, peer }) => `${plain(path)}: ${peer} encrypted it; seal it afterwards: envseal import ${peer} ${plain(path)}`,
  );
  const links = files.links.map(
    (path) => `${plain(path)}: a symbolic link, and what it points to is not sealed for it; put a file in its place if it should be`,
  );
  return [...misspelt, ...encrypted, ...links];
}

function indent(text: string): string {
  return text.replace(/^/gm, "    ");
}

/** What was done, and what to do next. */
export function describeResult(plan: InitPlan, hasRecovery: boolean): string {
  const lines = [
    `${paint("green", "done:")} ${plan.vaults.length === 0 ? "files changed" : `${count(plan.vaults.length, "vault")} sealed`}`,
  ];
  const lacksWords = plan.existing === null && !hasRecovery;
  if (lacksWords) lines.push("there are no recovery words: if your identity is lost, so are the values");
  if (plan.tracked.length > 0)
    lines.push("git history still holds the plaintext that was tracked: change those secrets at their providers");
  const files = ["envseal.json", ...plan.vaults.map(({ path }) => path), ...plan.changes.map(({ path }) => relative(plan.root, path))];
  lines.push("", "next:");
  if (plan.git) lines.push(`  git add ${[...new Set(files)].map(shellWord).join(" ")} && git commit -m "seal the environment"`);
  lines.push(
    "  envseal run -- COMMAND          start something with the values",
    "  envseal deploy-key create ci    a key for CI or a server",
  );
  if (lacksWords) lines.push("  envseal recovery create         recovery words, to be kept on paper");
  return lines.join("\n");
}
