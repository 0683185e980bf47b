import { readFileSync, rmSync } from "node:fs";
import { basename } from "node:path";
import { parseDocument, YAMLMap, YAMLSeq } from "yaml";
import { fromUtf8 } from "../../core/bytes.ts";
import { EnvsealError } from "../../errors.ts";
import { readRecordAt, withMac } from "../../project/record.ts";
import { writeAtomic } from "../../project/write.ts";
import { replaceFile } from "../../system/private-file.ts";
import { recordKeys } from "../../workspace/record-keys.ts";
import { STOPPING, type StoppingEvent } from "./event-names.ts";
import { CALLS, callOf, guardCall, whereItIs } from "./files.ts";
import { isArmed, type ManagerFile } from "./managers.ts";
import type { HookPlace } from "./place.ts";

const NAME = "envseal";
const MAX_KEPT = 16 << 20;
const WITHOUT = { lefthook: withoutLefthook, "pre-commit": withoutPreCommit, "simple-git-hooks": withoutSimple };

/** Takes a place in the manager's file; what the file was is kept beside, so that uninstalling gives back its very bytes. */
export function armManager({ top }: HookPlace, { manager, path }: ManagerFile, keep: string): void {
  const file = { manager, path };
  const now = textOf(path);
  if (STOPPING.every((event) => isArmed(file, event)) && !BARE_ARGUMENTS.test(now)) return;
  // Armed in part, by a merge or by hand, or in an earlier form: taken out first, so that nothing is there twice.
  const before = isArmed(file) ? edited(path, () => WITHOUT[manager](now)) : now;
  const add = { lefthook: withLefthook, "pre-commit": withPreCommit, "simple-git-hooks": withSimple }[manager];
  const after = edited(path, () => add(before, callOf(top), path));
  keepText(keep, { before, after });
  writeAtomic(top, whereItIs(top, path), after);
}

/** Gives back what was there; where the file was edited since, takes our part out of it and leaves the rest. */
export function disarmManager({ top }: HookPlace, { manager, path }: ManagerFile, keep: string): void {
  const now = textOf(path);
  const kept = keptText(keep);
  if (kept?.after === now) writeAtomic(top, whereItIs(top, path), kept.before);
  else if (isArmed({ manager, path }))
    writeAtomic(
      top,
      whereItIs(top, path),
      edited(path, () => WITHOUT[manager](now)),
    );
  rmSync(keep, { force: true });
}

interface Kept {
  before: string;
  after: string;
}

/** Without a key of this person's for it, nothing is kept: our part is then taken out of the text. */
function keepText(path: string, kept: Kept): void {
  const [key] = recordKeys(null);
  if (key !== undefined) replaceFile(path, withMac(basename(path), JSON.stringify(kept), key), 0o600);
}

function keptText(path: string): Kept | null {
  const bytes = readRecordAt(path, basename(path), MAX_KEPT, recordKeys(null));
  return bytes === null ? null : (JSON.parse(bytes.toString("utf8")) as Kept);
}

/** @throws GIT where a byte of it would not come back */
function textOf(path: string): string {
  const text = fromUtf8(readFileSync(path));
  if (text === null) throw unreadable(path, "its text, which is not valid UTF-8,");
  return text;
}

/** What the parsers say of a file that somebody else wrote is no bug of ours. */
function edited(path: string, edit: () => string): string {
  try {
    return edit();
  } catch (error) {
    throw error instanceof EnvsealError ? error : unreadable(path, "the file", error);
  }
}

/** https://lefthook.dev/configuration/jobs: a job of each event; pre-push gets its lines only where it asks for them. */
function withLefthook(text: string, call: string, path: string): string {
  const document = yaml(text, path);
  for (const event of STOPPING) {
    const section = document.has(event) ? document.get(event) : document.createNode({});
    if (!(section instanceof YAMLMap)) throw unreadable(path, event);
    document.set(event, section);
    const jobs = section.has("jobs") ? section.get("jobs") : document.createNode([]);
    if (!(jobs instanceof YAMLSeq)) throw unreadable(path, `${event}.jobs`);
    section.set("jobs", jobs);
    const job = { name: NAME, run: lefthookRun(call, event), ...(event === "pre-push" && { use_stdin: true }) };
    jobs.items.unshift(document.createNode(job));
  }
  return document.toString({ lineWidth: 0 });
}

/**
 * lefthook writes arguments into the text that a shell then reads, as they are: a blank would part them, and a remote's URL might be
 * run. The first one, a file or the name of a remote, is text in a here-document that is quoted; the second is git's own word for
 * where a message comes from. No more are needed.
 */
function lefthookRun(call: string, event: StoppingEvent): string {
  if (!takesArguments(event)) return `${call} ${event}`;
  const first = `first=$(cat <<'${ARGUMENT_END}'\n{1}\n${ARGUMENT_END}\n)\n`;
  return `${first}${call} ${event} "$first"${event === "prepare-commit-msg" ? " {2}" : ""}`;
}

const ARGUMENT_END = "end-of-envseal-argument";
/** What earlier versions wrote. */
const BARE_ARGUMENTS = /envseal\/.*\bpre-push \{0\}/;

function withoutLefthook(text: string): string {
  const document = yaml(text, "lefthook.yml");
  for (const event of STOPPING) {
    const jobs = document.getIn([event, "jobs"]);
    if (!(jobs instanceof YAMLSeq)) continue;
    jobs.items = jobs.items.filter((job) => !(job instanceof YAMLMap && job.get("name") === NAME));
    if (jobs.items.length === 0) document.deleteIn([event, "jobs"]);
    const section = document.get(event);
    if (section instanceof YAMLMap && section.items.length === 0) document.delete(event);
  }
  return document.toString({ lineWidth: 0 });
}

/** https://pre-commit.com: local hooks, one for each stage; messages come as file names. */
function withPreCommit(text: string, call: string, path: string): string {
  const document = yaml(text, path);
  const repos = document.has("repos") ? document.get("repos") : document.createNode([]);
  if (!(repos instanceof YAMLSeq)) throw unreadable(path, "repos");
  document.set("repos", repos);
  const hooks = STOPPING.map((event) => ({
    id: `${NAME}-${event}`,
    name: `${NAME} (${event})`,
    // It starts what stands here without a shell.
    entry: `sh -c '${call} ${event} "$@"' ${NAME}`,
    language: "system",
    always_run: true,
    pass_filenames: event === "commit-msg" || event === "prepare-commit-msg",
    stages: [event],
  }));
  repos.items.unshift(document.createNode({ repo: "local", hooks }));
  if (!document.has("default_install_hook_types")) document.set("default_install_hook_types", document.createNode([...STOPPING]));
  return document.toString({ lineWidth: 0 });
}

function withoutPreCommit(text: string): string {
  const document = yaml(text, ".pre-commit-config.yaml");
  const repos = document.get("repos");
  if (repos instanceof YAMLSeq) repos.items = repos.items.filter((repo) => !String(repo).includes(`${NAME}-pre-commit`));
  return document.toString({ lineWidth: 0 });
}

/** Its commands stand in a hook file of their own, so arguments and standard input are there. */
function withSimple(text: string, call: string, path: string): string {
  const json = JSON.parse(text) as Record<string, unknown>;
  const hooks = (json["simple-git-hooks"] ?? json) as Record<string, string>;
  const fits =
    typeof hooks === "object" && !Array.isArray(hooks) && STOPPING.every((event) => /^(undefined|string)$/.test(typeof hooks[event]));
  if (!fits) throw unreadable(path, "simple-git-hooks");
  for (const event of STOPPING) hooks[event] = `${guardCall(call, event)}${hooks[event] === undefined ? "" : `; ${hooks[event]}`}`;
  return JSON.stringify(json, null, indentOf(text)) + (text.endsWith("\n") ? "\n" : "");
}

function withoutSimple(text: string): string {
  const json = JSON.parse(text) as Record<string, unknown>;
  const hooks = (json["simple-git-hooks"] ?? json) as Record<string, string>;
  for (const event of STOPPING) {
    const command = hooks[event] ?? "";
    const guard = CALLS.map((call) => guardCall(call, event)).find((ours) => command === ours || command.startsWith(`${ours}; `));
    if (guard === undefined) continue;
    if (command === guard) delete hooks[event];
    else hooks[event] = command.slice(guard.length + 2);
  }
  return JSON.stringify(json, null, indentOf(text)) + (text.endsWith("\n") ? "\n" : "");
}

function takesArguments(event: StoppingEvent): boolean {
  return event !== "pre-commit" && event !== "pre-merge-commit";
}

function indentOf(text: string): string {
  return /\n([ \t]+)"/.exec(text)?.[1] ?? "  ";
}

function yaml(text: string, path: string) {
  const document = parseDocument(text);
  if (document.errors.length > 0) throw unreadable(path, "the file");
  if (document.contents === null) document.contents = document.createNode({}) as never;
  if (!(document.contents instanceof YAMLMap)) throw unreadable(path, "the file");
  return document;
}

function unreadable(path: string, where: string, cause?: unknown): EnvsealError {
  return new EnvsealError("GIT", `${path}: ${where} is not as its manager writes it`, {
    hint: "mend it, or call envseal from it yourself: envseal hook EVENT",
    cause,
  });
}
