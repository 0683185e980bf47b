import { EnvsealError, isEnvsealError } from "../errors.ts";
import { printableJson, printableLines } from "../printable.ts";
import { hintFor } from "../system/read.ts";
import { typeable } from "../ui/command-prefix.ts";
import { wrapped } from "../ui/wrap.ts";

/** What the system refused (a folder without permission, a full disk) is no bug; its text holds paths only. */
export function recognise(error: unknown): unknown {
  const { syscall, path, code } = error as NodeJS.ErrnoException;
  if (isEnvsealError(error) || syscall === undefined) return error;
  return new EnvsealError("IO", `${syscall}${path === undefined ? "" : ` ${path}`} failed (${code})`, {
    hint: hintFor(code ?? ""),
    cause: error,
  });
}

/** Names the failure and what to do next. A bug shows its stack, which holds code and paths, no values. */
export function report(error: unknown, asJson: boolean): void {
  if (!isEnvsealError(error)) {
    const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
    process.stderr.write(`envseal: this is a bug in envseal; please report it with this text:\n${printableLines(stack)}\n`);
    return;
  }
  const { code, message, hint } = error;
  if (asJson) process.stderr.write(`${printableJson(JSON.stringify({ error: { code, message, hint } }))}\n`);
  else
    for (const text of [`envseal: ${message} [${code}]`, ...(hint === undefined ? [] : [`  hint: ${typeable(hint)}`])])
      process.stderr.write(`${wrapped(text, process.stderr, 2)}\n`);
}
