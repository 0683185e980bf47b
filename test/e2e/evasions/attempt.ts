import { spawnSync } from "node:child_process";
import { identityToWords } from "../../../src/custody/recovery.ts";
import type { Project } from "../../support/sandbox.ts";

export const KEY = "sk_live_4eC39HqLyjWDarjtT1zdp7dc";
export const CODE = `const stripe = "${KEY}";\n`;

/** Made here, so that no guard finds them in this file. */
export const WORDS = identityToWords(Uint8Array.from({ length: 32 }, (_, index) => (index * 41 + 7) & 0xff)).join(" ");

export type Layer = "pre-commit" | "pre-merge-commit" | "prepare-commit-msg" | "commit-msg" | "pre-push" | "check --range" | "nothing";

export class Attempt {
  readonly project: Project;
  stoppedBy: Layer | null = null;
  output = "";

  constructor(project: Project) {
    this.project = project;
  }

  write(path: string, content: string | Buffer = CODE): this {
    this.project.write(path, content);
    return this;
  }

  /** Runs git as a person would; what stops it is remembered. Nothing more is done after that. */
  git(...args: string[]): this {
    return this.raw(["git", ...args]);
  }

  raw([program = "", ...args]: string[], env: Record<string, string> = {}, input = ""): this {
    if (this.stoppedBy !== null) return this;
    const { status, stderr, stdout } = spawnSync(program, args, {
      cwd: this.project.folder,
      env: { ...this.project.sandbox.env, GIT_EDITOR: "true", ...env },
      input,
      encoding: "utf8",
    });
    this.output += stdout + stderr;
    this.stoppedBy = (/envseal: ([a-z-]+) stopped/.exec(stderr)?.[1] as Layer | undefined) ?? null;
    if (status !== 0 && this.stoppedBy === null && !args.includes("merge") && !args.includes("rebase") && !args.includes("cherry-pick"))
      throw new Error(`${program} ${args.join(" ")}: ${stderr}`);
    return this;
  }

  out(...args: string[]): string {
    return this.project.git(...args).trim();
  }
}

export interface Row {
  name: string;
  act: (attempt: Attempt) => void;
  layer: Layer;
  /** What is pushed, where it is not the branch. */
  push?: string[];
}

export const commit = (attempt: Attempt, ...flags: string[]) => attempt.git("add", "-A").git("commit", "-qm", "change", ...flags);
export const unguarded = (attempt: Attempt, ...args: string[]) => attempt.raw(["git", "-c", "core.hooksPath=/dev/null", ...args]);
export const quietly = (attempt: Attempt) => unguarded(attempt.git("add", "-A"), "commit", "-qm", "change");

/** A branch `side` that holds the value, made unguarded; back on main. */
export const dirtySide = (attempt: Attempt) => {
  attempt.git("checkout", "-qb", "side");
  quietly(attempt.write("a.js"));
  unguarded(attempt, "checkout", "-q", "main");
};
export const blobOf = (attempt: Attempt, input: string) =>
  spawnSync("git", ["hash-object", "-w", "--stdin"], { cwd: attempt.project.folder, input, encoding: "utf8" }).stdout.trim();
