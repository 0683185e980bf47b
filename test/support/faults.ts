import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CLI, type Options, type Project, ROOT, type Sandbox } from "./sandbox.ts";

/** What the n-th call does: the process dies there, or the call fails with an errno. */
export const MODES = ["kill", "EIO", "ENOSPC", "EROFS", "EACCES", "EPERM", "EMFILE"] as const;
export type Mode = (typeof MODES)[number];

export interface Faulty {
  /** null where the process was killed */
  code: number | null;
  output: string;
  /** The call that was struck, or null where the run ended before its turn came. */
  fired: string | null;
  count: number;
}

/** The built CLI with a fault planted at its `at`-th call, or that of those on files so named (test/support/faults.cjs). */
export function envsealWithFault(
  project: Project,
  args: readonly string[],
  { at, mode, reads = false, on }: { at: number; mode: Mode; reads?: boolean; on?: string },
  { input = "", env = {} }: Options = {},
): Faulty {
  const report = join(project.sandbox.root, "fault-report");
  const { status, stdout, stderr } = spawnSync(process.execPath, ["--require", join(ROOT, "test/support/faults.cjs"), CLI, ...args], {
    cwd: project.folder,
    env: {
      ...project.sandbox.env,
      ...env,
      FAULT_AT: String(at),
      FAULT_MODE: mode,
      FAULT_REPORT: report,
      ...(reads && { FAULT_READS: "1" }),
      ...(on !== undefined && { FAULT_ON: on }),
    } as NodeJS.ProcessEnv,
    input,
    timeout: 120_000,
  });
  const { count, fired } = JSON.parse(readFileSync(report, "utf8"));
  rmSync(report);
  return { code: status, output: `${stdout}${stderr}`, fired, count };
}

/** A rotation that dies when its new key is written down, and no vault is sealed under it yet. */
export function diesAfterNewKey(project: Project, args: readonly string[], options: Options = {}): void {
  const result = envsealWithFault(project, args, { at: 1, mode: "kill", on: ".env.vault" }, options);
  if (result.fired === null) throw new Error(`envseal ${args.join(" ")} wrote no vault:\n${result.output}`);
}

/** All of a sandbox, to be put back as often as needed: with modes, links and times. */
export class Snapshot {
  private readonly root: string;
  private readonly copy: string;

  constructor({ root }: Sandbox) {
    this.root = root;
    this.copy = mkdtempSync(join(tmpdir(), "envseal-test-copy-"));
    execFileSync("cp", ["-a", `${root}/.`, this.copy]);
  }

  restore(): void {
    rmSync(this.root, { recursive: true, force: true });
    execFileSync("cp", ["-a", this.copy, this.root]);
  }

  remove(): void {
    rmSync(this.copy, { recursive: true, force: true });
  }
}
