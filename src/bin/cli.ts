#!/usr/bin/env node
import { resolve } from "node:path";
import { COMMANDS } from "../cli/commands.ts";
import type { CommandSpec, Context } from "../context.ts";
import { hasCustodyRecords } from "../custody/record-folder.ts";
import { EnvsealError, exitCodeOf } from "../errors.ts";
import { PRELOADED } from "../loader/own-main.ts";
import { guardStdout } from "../ui/stdout.ts";
import { recognise, report } from "./failure.ts";

/** package.json's, put in by scripts/build.mjs. */
declare const ENVSEAL_VERSION: string;

async function main(argv: readonly string[]): Promise<number> {
  if (argv.length === 1 && (argv[0] === "--version" || argv[0] === "-v")) {
    process.stdout.write(`${ENVSEAL_VERSION}\n`);
    return 0;
  }
  refuseForeignPreload();
  const { parseCommandLine } = await import("../cli/parse.ts");
  const parsed = await parseCommandLine(argv, COMMANDS, ENVSEAL_VERSION);
  return parsed === null ? 0 : run(parsed.spec, parsed.context);
}

/** It has taken the key, and whatever would be said of that is wrong. The own preload does nothing here. @throws USAGE */
function refuseForeignPreload(): void {
  const path = (process as { [PRELOADED]?: unknown })[PRELOADED];
  if (path === undefined) return;
  throw new EnvsealError("USAGE", `another envseal was preloaded into this command, and took its key: ${String(path)}`, {
    hint: "call the one that is preloaded (npx envseal), or start this one without NODE_OPTIONS",
  });
}

async function run(spec: CommandSpec, context: Context): Promise<number> {
  if (context.cwd !== process.cwd()) enter(context.cwd);
  const here = { ...context, cwd: process.cwd() };
  const command = await spec.load();
  const identity = spec.opens === true ? await askCustody(here) : undefined;
  return (await command.run({ ...here, identity })) ?? 0;
}

function enter(folder: string): void {
  try {
    process.chdir(resolve(folder));
  } catch (error) {
    throw new EnvsealError("USAGE", `there is no folder ${folder}`, { hint: "check --cwd", cause: error });
  }
}

/** Most identities are in a file, which needs no asking: what asks is loaded where a machine has a record of another custody. */
async function askCustody(context: Context): Promise<Uint8Array | undefined> {
  return hasCustodyRecords(context.env) ? (await import("../workspace/identity.ts")).identityFromCustody(context) : undefined;
}

const argv = process.argv.slice(2);
const ours = argv.includes("--") ? argv.slice(0, argv.indexOf("--")) : argv;

/** The first failure counts, and more than any code: a command may be done before it is known that its output was lost. */
let failure: unknown;
function fail(error: unknown): void {
  if (failure !== undefined) return;
  failure = recognise(error);
  report(failure, ours.includes("--json"));
  process.exitCode = exitCodeOf(failure);
}

guardStdout(fail);
main(argv).then((code) => {
  process.exitCode ??= code;
}, fail);
