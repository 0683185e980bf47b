#!/usr/bin/env node
import { resolve } from "node:path";
import { COMMANDS } from "./cli-table.ts";
import { EnvsealError, exitCodeOf, isEnvsealError } from "./errors.ts";
import type { CommandSpec, Context } from "./ui/context.ts";

const VERSION = "0.1.0";

async function main(argv: readonly string[]): Promise<number> {
  if (argv.length === 1 && (argv[0] === "--version" || argv[0] === "-v")) {
    process.stdout.write(`${VERSION}\n`);
    return 0;
  }
  const { parseCommandLine } = await import("./cli-parse.ts");
  const parsed = await parseCommandLine(argv, COMMANDS, VERSION);
  return parsed === null ? 0 : run(parsed.spec, parsed.context);
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
  const { hasCustodyRecords } = await import("./custody/record.ts");
  return hasCustodyRecords(context.env) ? (await import("./workspace/identity.ts")).identityFromCustody(context) : undefined;
}

/** What the system refused (a folder without permission, a full disk) is no bug; its text holds paths only. */
function recognise(error: unknown): unknown {
  const { syscall, path, code } = error as NodeJS.ErrnoException;
  if (isEnvsealError(error) || syscall === undefined) return error;
  return new EnvsealError("IO", `${syscall}${path === undefined ? "" : ` ${path}`} failed (${code})`, {
    hint: "check the path and its permissions",
    cause: error,
  });
}

/** Names the failure and what to do next. A bug shows its stack, which holds code and paths, no values. */
function report(error: unknown, asJson: boolean): void {
  if (!isEnvsealError(error)) {
    const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
    process.stderr.write(`envseal: this is a bug in envseal; please report it with this text:\n${stack}\n`);
    return;
  }
  const { code, message, hint } = error;
  if (asJson) process.stderr.write(`${JSON.stringify({ error: { code, message, hint } })}\n`);
  else process.stderr.write(`envseal: ${message} [${code}]\n${hint === undefined ? "" : `  hint: ${hint}\n`}`);
}

/** `envseal list | head` closes the pipe early, which is no failure. */
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit(0);
});

const argv = process.argv.slice(2);
const ours = argv.includes("--") ? argv.slice(0, argv.indexOf("--")) : argv;
main(argv).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    const failure = recognise(error);
    report(failure, ours.includes("--json"));
    process.exitCode = exitCodeOf(failure);
  },
);
