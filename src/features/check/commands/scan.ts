import { lstatSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import type { Context } from "../../../context.ts";
import { append } from "../../../core/append.ts";
import { isKeyVariable, withoutKeys } from "../../../custody/key.ts";
import { readAllObjects } from "../../../git/all-objects.ts";
import { namesIn, type Visit } from "../../../git/batch-reader.ts";
import { isPartialAside } from "../../../git/clone.ts";
import { blobsEver } from "../../../git/objects.ts";
import { gitLines, gitOutput } from "../../../git/output.ts";
import { workTree } from "../../../git/work-tree.ts";
import { blocks, type Finding } from "../../../guard/finding.ts";
import { mayNamePlaintext } from "../../../guard/plaintext-names.ts";
import { mayBePlaintext } from "../../../guard/rules.ts";
import { findingFormat, printFindings } from "../../../ui/findings.ts";
import { count, paint, say, warn } from "../../../ui/output.ts";
import { identityFromCustody } from "../../../workspace/identity.ts";
import { Guard, LINK } from "../guard.ts";
import { readInParts } from "../large-files.ts";
import { plaintextEver } from "../plaintext-history.ts";
import { refuseTakenKey } from "../taken-key.ts";

/** Looks for secret values where they may be already: in every file of the work tree, or in every object of the repository. */
export async function run(context: Context): Promise<number> {
  const format = findingFormat(context);
  const top = workTree(context.cwd);
  const guard = await openGuard(context);
  if (guard.problem !== null) throw guard.problem;
  const { findings, looked } = context.flags.history === true ? await scanHistory(top, guard, context) : scanFiles(top, guard);
  const left = guard.withoutAllowed(findings);
  refuseTakenKey(guard.unseen, context.env);
  if (guard.unseen.length > 0)
    warn(`no key at hand for ${guard.unseen.join(", ")}: ${guard.unseen.length === 1 ? "its" : "their"} values were not searched for`);
  for (const note of guard.notes) warn(note);
  for (const { message } of guard.leftOut) warn(message);
  printFindings(left, format);
  say(
    context,
    `${count(looked, context.flags.history === true ? "object" : "file")} looked through for ${count(guard.size, "value")}, ${count(left.length, "finding")}`,
  );
  return left.some(blocks) ? 1 : 0;
}

/** An injected key was taken for what opens this project, so custody was not asked; where it does not, it is. */
async function openGuard(context: Context): Promise<Guard> {
  const guard = await Guard.open(context, { update: true });
  if (guard.unseen.length === 0 || context.identity !== undefined || !Object.keys(context.env).some(isKeyVariable)) return guard;
  const identity = await identityFromCustody({ ...context, env: withoutKeys(context.env) });
  return identity === undefined ? guard : Guard.open({ ...context, identity }, { update: true });
}

/** Tracked files, and untracked ones that git does not ignore, as they are on disk. */
function scanFiles(top: string, guard: Guard): { findings: Finding[]; looked: number } {
  const paths = gitOutput(top, ["ls-files", "-z", "--cached", "--others", "--exclude-standard"]).toString("latin1").split("\0");
  const findings: Finding[] = [];
  let looked = 0;
  for (const row of new Set(paths.filter(Boolean))) {
    // A name need not be UTF-8.
    const bytes = Buffer.from(row, "latin1");
    const [path, file] = [bytes.toString(), Buffer.concat([Buffer.from(join(top, "/")), bytes])];
    const stats = lstatSync(file, { throwIfNoEntry: false });
    if (stats === undefined || !(stats.isFile() || stats.isSymbolicLink())) continue;
    looked++;
    append(findings, guard.text(`the file name ${path}`, bytes));
    if (stats.isFile()) readInParts(file, (content, part) => append(findings, guard.file(path, content, part)));
    else append(findings, guard.file(path, readlinkSync(file, { encoding: "buffer" }), undefined, LINK));
  }
  return { findings, looked };
}

/**
 * Each object once, whatever reaches it. Most rows of objects hold nothing, and are not looked at one by one. Commits are gone
 * through for paths only where something was found: that takes as long as reading the objects.
 */
async function scanHistory(top: string, guard: Guard, context: Context): Promise<{ findings: Finding[]; looked: number }> {
  const found = new Map<string, Finding[]>();
  const inNames = new Map<string, Finding[]>();
  const lookAtName = (what: string) => inNames.has(what) || inNames.set(what, guard.text(`the ${what}`, Buffer.from(what)));
  const progress = new Progress(context, top);
  let plaintext = false;
  const visit: Visit = (object, content, part) => {
    const { oid, type } = object;
    const whole = part.last && part.from === 0;
    if (!whole) progress.add(content.length);
    if (type === "tree") {
      plaintext ||= !whole || (mayNamePlaintext(content) && namesIn(object, content).some(mayBePlaintext));
      if (part.clean !== true && whole) for (const name of namesIn(object, content)) lookAtName(`file name ${name}`);
      return;
    }
    const what = type === "blob" ? oid : `the ${type === "commit" ? "message of commit" : "tag"} ${oid.slice(0, 10)}`;
    const findings = guard.text(what, content, part);
    if (findings.length > 0) found.set(oid, [...(found.get(oid) ?? []), ...findings]);
  };
  const skip = (row: Buffer) => {
    progress.add(row.length);
    return guard.isClean(row);
  };
  // Where git did not say, names are looked for as in one.
  const partial = isPartialAside(top).catch(() => true);
  const looked = await readAllObjects(top, visit, skip);
  progress.end();
  for (const ref of gitLines(top, ["for-each-ref", "--format=%(refname)"])) lookAtName(`ref name ${ref}`);
  const leaksInNames = [...inNames.values()].flat();
  // Of what a partial clone has no trees of, git has to say that it cannot tell the names.
  if (found.size === 0 && !plaintext && !(await partial)) return { findings: leaksInNames, looked };
  const names = new Map(found.size === 0 ? [] : blobsEver(top, ":(top)").map(({ oid, path }) => [oid, path]));
  const inOrder = [...found].sort(([a], [b]) => (a < b ? -1 : 1));
  const leaks = inOrder.flatMap(([oid, findings]) => findings.map((finding) => named(finding, oid, names.get(oid))));
  return { findings: [...leaks, ...leaksInNames, ...(await plaintextEver(top, guard))], looked };
}

/** A finding in an object, leaksInNames by the path that some commit gives it. */
function named(finding: Finding, oid: string, path: string | undefined): Finding {
  if (!finding.message.startsWith(oid)) return finding;
  const what = path === undefined ? `the object ${oid.slice(0, 10)}` : `${path} (object ${oid.slice(0, 10)})`;
  return { ...finding, path: path ?? oid, message: what + finding.message.slice(oid.length) };
}

/** One line on a terminal, a second after the start and then twice a second. */
class Progress {
  private readonly shown: boolean;
  /** Objects in the repository; one that is in two packs counts twice. */
  private readonly total: number;
  private done = 0;
  private next = Date.now() + 1000;
  private printed = false;

  constructor(context: Context, top: string) {
    this.shown = process.stderr.isTTY === true && !context.quiet;
    const counts = this.shown ? gitOutput(top, ["count-objects", "-v"]).toString() : "";
    this.total = [...counts.matchAll(/^(?:count|in-pack): (\d+)$/gm)].reduce((sum, [, number]) => sum + Number(number), 0);
  }

  add(bytes: number): void {
    this.done += bytes;
    if (!this.shown || Date.now() < this.next) return;
    this.next = Date.now() + 500;
    this.printed = true;
    process.stderr.write(`\r${paint("dim", `${(this.done / 1e6).toFixed(0)} MB of ${this.total} objects looked through`)}`);
  }

  end(): void {
    if (this.printed) process.stderr.write("\r\u001b[K");
  }
}
