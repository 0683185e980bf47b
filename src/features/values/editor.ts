import { type ChildProcess, spawn } from "node:child_process";
import type { Context } from "../../context.ts";
import { EnvsealError } from "../../errors.ts";

/** The person's editor: as git does, $VISUAL, else $EDITOR, run by the shell, so that it may have arguments. */
export class Editor {
  private child: ChildProcess | undefined;

  get runs(): boolean {
    return this.child !== undefined;
  }

  /** Where the shell is still there, it would outlive the signal alone: what it started gets it by the terminal, or has no more file. */
  kill(signal: NodeJS.Signals): void {
    this.child?.kill(signal);
  }

  /** Resolves when it has ended well. @throws EDITOR */
  open(path: string, { env }: Context): Promise<void> {
    const editor = env.VISUAL || env.EDITOR || (process.platform === "win32" ? "notepad" : "vi");
    return new Promise<void>((resolve, reject) => {
      const child =
        process.platform === "win32"
          ? spawn(`${editor} "${path}"`, { stdio: "inherit", shell: true })
          : spawn("/bin/sh", ["-c", `${editor} "$@"`, editor, path], { stdio: "inherit" });
      this.child = child;
      child.on("error", () => reject(failed("could not be started")));
      child.on("close", (code, signal) =>
        code === 0 ? resolve() : reject(failed(signal === null ? `ended with code ${code}` : `was ended by ${signal}`)),
      );
    }).finally(() => {
      this.child = undefined;
    });
  }
}

function failed(why: string): EnvsealError {
  return new EnvsealError("EDITOR", `the editor ${why}; nothing was changed`, {
    hint: 'set EDITOR to a program that waits until the file is closed, such as vim or "code --wait"',
  });
}
