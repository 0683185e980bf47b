import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { parse } from "yaml";
import { CLI, type Project, ROOT } from "./sandbox.ts";

interface Step {
  id?: string;
  if?: string;
  run?: string;
  shell?: string;
  env?: Record<string, string>;
  "working-directory"?: string;
}

interface Ran {
  code: number;
  stdout: string;
  stderr: string;
  /** What a step that follows would find in its environment. */
  env: Record<string, string>;
}

/** The scopes of GitHub's expressions, as far as action.yml uses them. */
type Scopes = Record<string, string>;

/** Runs the steps of action.yml as GitHub's runner does: its shell, its environment files, nobody's home. */
export function runAction(
  project: Project,
  inputs: Record<string, string> = {},
  { event = {} as unknown, env = {} as Record<string, string>, action: folder = ROOT, workspace = project.folder } = {},
): Ran {
  const action = parse(readFileSync(join(folder, "action.yml"), "utf8")) as {
    inputs: Record<string, { default: string }>;
    runs: { using: string; steps: Step[] };
  };
  if (action.runs.using !== "composite") throw new Error("no composite action");
  for (const name of Object.keys(inputs)) if (!(name in action.inputs)) throw new Error(`no input ${name}`);
  const scopes: Scopes = {};
  for (const [name, { default: value }] of Object.entries(action.inputs)) scopes[`inputs.${name}`] = inputs[name] ?? value;
  const temp = join(project.sandbox.root, "runner");
  mkdirSync(temp, { recursive: true });
  const files = { GITHUB_ENV: join(temp, "env"), GITHUB_OUTPUT: join(temp, "output"), GITHUB_EVENT_PATH: join(temp, "event.json") };
  writeFileSync(files.GITHUB_EVENT_PATH, JSON.stringify(event));
  const all: Ran = { code: 0, stdout: "", stderr: "", env: {} };
  for (const step of action.runs.steps) {
    if (step.if !== undefined && !condition(step.if, scopes)) continue;
    if (step.run?.includes("${{")) throw new Error("an expression in a script");
    for (const file of [files.GITHUB_ENV, files.GITHUB_OUTPUT]) writeFileSync(file, "");
    const script = join(temp, "script.sh");
    writeFileSync(script, step.run ?? "");
    const own = Object.fromEntries(Object.entries(step.env ?? {}).map(([name, value]) => [name, evaluate(value, scopes)]));
    const github = { GITHUB_ACTIONS: "true", CI: "true", GITHUB_WORKSPACE: workspace, GITHUB_ACTION_PATH: folder, RUNNER_TEMP: temp };
    const [shell = "", ...options] = (step.shell ?? "").split(" ").map((word) => (word === "{0}" ? script : word));
    const { status, stdout, stderr } = spawnSync(shell, options, {
      cwd: join(project.folder, evaluate(step["working-directory"] ?? ".", scopes)),
      env: { ...bareMachine(project), ...env, ...all.env, ...github, ...files, ...own },
      encoding: "utf8",
    });
    Object.assign(all, { code: status ?? -1, stdout: all.stdout + stdout, stderr: all.stderr + stderr });
    Object.assign(all.env, parseEnvironmentFile(readFileSync(files.GITHUB_ENV, "utf8")));
    const outputs = parseEnvironmentFile(readFileSync(files.GITHUB_OUTPUT, "utf8"));
    for (const [name, value] of Object.entries(outputs)) scopes[`steps.${step.id}.outputs.${name}`] = value;
    if (all.code !== 0) break;
  }
  return all;
}

/** A machine that has no identity, and an npx that runs this envseal and notes what it was asked for. */
export function bareMachine(project: Project): Record<string, string> {
  const bin = join(project.sandbox.root, "bin");
  mkdirSync(bin, { recursive: true });
  writeFileSync(join(bin, "npx"), `#!/bin/sh\necho "$*" >>"${bin}/asked"\n[ "$1" = --yes ] && shift\nshift\nexec node "${CLI}" "$@"\n`);
  chmodSync(join(bin, "npx"), 0o755);
  return {
    ...project.sandbox.env,
    ...project.sandbox.otherHome("runner-home"),
    PATH: `${bin}${delimiter}${project.sandbox.env.PATH ?? ""}`,
  };
}

function evaluate(text: string, scopes: Scopes): string {
  return text.replace(/\$\{\{\s*(.*?)\s*\}\}/g, (_, path: string) => lookUp(path, scopes));
}

function lookUp(path: string, scopes: Scopes): string {
  const value = scopes[path];
  if (value === undefined) throw new Error(`the expression ${path} is unknown here`);
  return value;
}

/** `a == 'x' || b != 'y'`. */
function condition(text: string, scopes: Scopes): boolean {
  return text.split("||").some((term) => {
    const [, path = "", operator, value] = /^\s*(\S+) (==|!=) '(.*)'\s*$/.exec(term) ?? [];
    return (lookUp(path, scopes) === value) === (operator === "==");
  });
}

/** As the runner reads $GITHUB_ENV: `NAME=VALUE`, or `NAME<<DELIMITER` and lines up to the delimiter's. */
export function parseEnvironmentFile(text: string): Record<string, string> {
  const found: Record<string, string> = {};
  const lines = text.split("\n");
  if (lines.pop() !== "") throw new Error("the last line is not ended");
  for (let at = 0; at < lines.length; at++) {
    const row = lines[at] as string;
    const [equals, heredoc] = [row.indexOf("="), row.indexOf("<<")];
    if (row === "") continue;
    if (heredoc > 0 && (equals === -1 || heredoc < equals)) {
      const end = lines.indexOf(row.slice(heredoc + 2), at + 1);
      if (end === -1) throw new Error("a delimiter is missing");
      found[row.slice(0, heredoc)] = lines.slice(at + 1, end).join("\n");
      at = end;
    } else if (equals > 0) found[row.slice(0, equals)] = row.slice(equals + 1);
    else throw new Error(`an invalid line in the environment file`);
  }
  return found;
}

/** The workflow commands that the runner would take from a log; it reads both streams, and `::` may stand behind spaces. */
export function workflowCommands(log: string): { command: string; data: string }[] {
  return log.split(/\r\n|\r|\n/).flatMap((row) => {
    const [, command = "", data = ""] = /^\s*::([a-z-]+)(?: [^:]*)?::(.*)$/s.exec(row) ?? [];
    if (command !== "") return [{ command, data: data.replaceAll("%0D", "\r").replaceAll("%0A", "\n").replaceAll("%25", "%") }];
    return /##\[[a-z-]+/.test(row) ? [{ command: "v1", data: row }] : [];
  });
}
