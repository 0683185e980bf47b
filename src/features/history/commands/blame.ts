import { resolve } from "node:path";
import type { Context } from "../../../context.ts";
import { EnvsealError } from "../../../errors.ts";
import { fromTop } from "../../../git/work-tree.ts";
import { json, paint, plain, say, table } from "../../../ui/output.ts";
import { page } from "../../../ui/pager.ts";
import { openProject, targetAt } from "../../../workspace/project.ts";
import { blameOf } from "../blame.ts";
import { historyOpener } from "../keys.ts";
import { gitPager, repositoryTop } from "../targets.ts";
import { readHistory } from "../versions.ts";

/** For each variable of a committed vault: who gave it the value it has, and when. A rotation is nobody's edit. */
export async function run(context: Context): Promise<void> {
  const [file = ""] = context.args;
  const project = openProject(context);
  const top = repositoryTop(project);
  const target = targetAt(project, resolve(context.cwd, file));
  const history = await readHistory(top, fromTop(top, target.path));
  const opener = historyOpener(project, context);
  const blamed = blameOf(history, opener);
  if (blamed === null) throw new EnvsealError("NO_VAULT", `no commit here has ${plain(target.listed)}`, { hint: "commit it first" });
  const reveal = context.flags.reveal === true;
  const rows = blamed.lines.map(({ row, version }) => {
    const opened = reveal ? opener.assignment(blamed.sheet, row) : null;
    return { row, version, opened };
  });
  if (context.json)
    json(
      rows.map(({ row, version, opened }) => ({
        name: row.name,
        ...{ commit: version.commit, author: version.author, email: version.email, date: version.date, subject: version.subject },
        ...{ version: row.token.version, keyId: row.token.keyId, public: row.shown !== undefined },
        ...(opened !== null && { value: "problem" in opened ? null : opened.value }),
      })),
    );
  else {
    const cells = rows.map(({ row, version, opened }) => [
      version.commit.slice(0, 10),
      plain(version.author),
      version.date.slice(0, 10),
      `v${row.token.version}`,
      opened === null ? row.name + shown(row.shown) : "problem" in opened ? `${row.name} (${opened.problem})` : plain(opened.raw),
    ]);
    const text = cells.length === 0 ? "" : `${table(cells)}\n`;
    await page(
      text.replace(/^\S+/gm, (commit) => paint("yellow", commit, process.stdout)),
      gitPager(top),
    );
  }
  if (history.cut) say(context, "this clone is shallow: what is older counts as its first commit's (git fetch --unshallow)");
}

function shown(value: string | undefined): string {
  return value === undefined ? "" : `=${plain(value)}`;
}
