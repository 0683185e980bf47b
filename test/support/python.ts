import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { ROOT } from "./sandbox.ts";

const python = ["python3", "/usr/bin/python3"].find((name) => spawnSync(name, ["-c", "import cryptography"]).status === 0);

export const pythonIsHere = python !== undefined;
export const pythonNotice = pythonIsHere ? "" : " (skipped: needs python3-cryptography)";

export interface Answer {
  /** Why it was refused; nothing else is there then. */
  refused?: string;
  plaintext?: string;
  values?: Record<string, string>;
  vault?: string;
  written?: string;
  manifest?: string;
  vaults?: Record<string, string>;
  identities?: Record<string, string>;
  /** Of each statement of the authority. */
  pins?: string[];
  holds?: boolean;
  head?: string;
  environments?: Record<string, VerifiedEnvironment>;
}

/** What a manifest's environment is worth; null where nothing is wrong. */
export interface VerifiedEnvironment {
  statement: string | null;
  access?: Record<string, string | null>;
  /** Null where the data key does not open it. */
  opened?: { states: Record<string, string>; listed: string[] } | null | undefined;
}

/** The second reader and writer of the format, test/interop/python, in one process. A fault of it ends the process, and the test. */
export class Python {
  private child: ChildProcessWithoutNullStreams | undefined;
  private readonly waiting: { done: (answer: Answer) => void; failed: (error: Error) => void }[] = [];
  private complaint = "";

  /** When first asked: what is declared in a suite that is skipped is made all the same. */
  private started(): ChildProcessWithoutNullStreams {
    const child = spawn(python as string, ["-B", join(ROOT, "test/interop/python/serve.py")]);
    child.stderr.on("data", (chunk) => (this.complaint += chunk));
    createInterface({ input: child.stdout }).on("line", (line) => this.waiting.shift()?.done(JSON.parse(line)));
    child.on("close", () => {
      for (const { failed } of this.waiting) failed(new Error(`the second reader broke down:\n${this.complaint}`));
    });
    return child;
  }

  ask(question: Record<string, unknown>): Promise<Answer> {
    return new Promise((done, failed) => {
      this.waiting.push({ done, failed });
      this.child ??= this.started();
      this.child.stdin.write(`${JSON.stringify(question)}\n`);
    });
  }

  end(): void {
    this.child?.stdin.end();
  }
}

export const base64 = (content: string | Uint8Array) => Buffer.from(content).toString("base64");
