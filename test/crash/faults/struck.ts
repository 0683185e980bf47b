import { expect } from "vitest";
import { envsealWithFault, type Faulty, type Mode, Snapshot } from "../../support/faults.ts";
import type { Project } from "../../support/sandbox.ts";
import { contentsOf, expectWholeFiles, exposed, leftovers, stateOf, type Values, valuesOf } from "../invariants.ts";
import { faultProject, type Scenario, SECRETS } from "./project.ts";

const secrets = Object.values(SECRETS);

/** A scenario, run whole once, and then struck as often as wanted: each time from the same start. */
export class Struck {
  readonly project: Project;
  readonly snapshot: Snapshot;
  readonly before: { values: Values; files: Map<string, string> };
  readonly after: { values: Values; files: Map<string, string> };
  readonly calls: number;
  private readonly start: string;
  private readonly scenario: Scenario;

  constructor(scenario: Scenario) {
    this.scenario = scenario;
    this.project = base(scenario.bare === true);
    scenario.prepare?.(this.project);
    this.snapshot = new Snapshot(this.project.sandbox);
    this.start = stateOf(this.project);
    this.before = this.look();
    const whole = this.run(0, "kill");
    expect(whole.output).not.toMatch(/\[[A-Z_]+\]\n/);
    this.calls = whole.count;
    this.after = this.look();
  }

  run(at: number, mode: Mode): Faulty {
    const { args, input = "", env } = this.scenario;
    return envsealWithFault(this.project, args, { at, mode }, { input, env: env?.(this.project) ?? {} });
  }

  private look() {
    return { values: this.values(), files: contentsOf(this.project) };
  }

  /** A reader whose identity is no file unlocks it first. */
  private values(): Values {
    try {
      return valuesOf(this.project);
    } catch (error) {
      const { code } = error as { code?: string };
      if (code === "MALFORMED_MANIFEST" && this.scenario.damaged) return {};
      if (code !== "NO_KEY" || this.scenario.unlock === undefined) throw error;
      this.project.ok(this.scenario.unlock);
      const values = valuesOf(this.project);
      this.project.ok(["lock", "-q"]);
      return values;
    }
  }

  /** @param thorough looks at more of what a person would look at next, which takes its time */
  strike(at: number, mode: Mode, thorough: boolean): void {
    this.snapshot.restore();
    const run = this.run(at, mode);
    const label = `${this.scenario.name}, ${mode} at ${at} (${run.fired})`;
    try {
      this.expectSaid(run, mode);
      // Nothing was done: to look closer would be to look at the start, and a rerun to repeat the whole run.
      if (!thorough && run.code !== 0 && stateOf(this.project) === this.start) return;
      this.expectWhole(run);
      this.expectHistory();
      if (thorough) this.expectSensible();
      this.expectMended();
    } catch (error) {
      (error as Error).message = `${label}: ${(error as Error).message}\n${run.output}`;
      throw error;
    }
  }

  private expectSaid({ code, output }: Faulty, mode: Mode): void {
    if (this.scenario.shows === undefined) for (const secret of secrets) expect(output).not.toContain(secret);
    if (mode === "kill" || code === 0) return;
    expect(code).toBeLessThan(6);
    if ((code ?? 0) > 1) expect(output).toMatch(/\[[A-Z_]+\]\n {2}hint: \S/);
  }

  private expectWhole({ code, fired }: Faulty): void {
    expectWholeFiles(this.project, this.before.files, this.after.files);
    expect(exposed(this.project, secrets)).toEqual([]);
    for (const [path, values] of Object.entries(this.values()))
      expect([this.before.values[path], this.after.values[path]], path).toContainEqual(values);
    // A fault that the command took in its stride, or never met.
    if (code === 0 && fired === null) expect(this.values()).toEqual(this.after.values);
  }

  private expectHistory(): void {
    if (this.scenario.bare || this.scenario.forgets || this.scenario.unlock) return;
    const rows = this.project.git("log", "--format=%H %s", "--all").trim().split("\n");
    const [commit] = rows.find((row) => row.endsWith(" first"))?.split(" ") ?? [];
    const shown = this.project.envseal(["show", `${commit}:.env.vault`]);
    if (!this.scenario.damaged || shown.code === 0) expect(shown.stdout, shown.stderr).toBe(`API_KEY=${SECRETS.key}\nPORT=3000\n`);
  }

  private expectSensible(): void {
    for (const command of [["status"], ["doctor"], ["check", "--all"]]) {
      const { code, stderr } = this.project.envseal(command);
      expect(code, stderr).toBeLessThan(6);
      if (code > 1) expect(stderr).toMatch(/\[[A-Z_]+\]\n {2}hint: \S/);
    }
  }

  /** Running it again does it, or says that it is done. */
  private expectMended(): void {
    const { args, input = "", env, rerun = [] } = this.scenario;
    const again = this.project.envseal(args, { input, env: env?.(this.project) ?? {} });
    const error = /\[([A-Z_]+)\]/.exec(again.stderr)?.[1] ?? "none";
    if (again.code > 1) expect([...rerun, ""], again.stderr).toContain(error);
    else expect(this.values()).toEqual(this.after.values);
    if (this.scenario.proof !== undefined) this.project.ok(this.scenario.proof);
    const { unlock, sweep } = this.scenario;
    for (const command of [unlock, sweep, ["sync", "-q"], unlock && ["lock", "-q"]]) if (command) this.project.envseal(command);
    expect(leftovers(this.project)).toEqual([]);
    expect(exposed(this.project, secrets)).toEqual([]);
  }

  remove(): void {
    this.snapshot.remove();
  }
}

const bases = new Map<boolean, { project: Project; snapshot: Snapshot }>();
/** Made once: every scenario starts from a copy, in the same place. */
function base(bare: boolean): Project {
  const known = bases.get(bare);
  if (known !== undefined) {
    known.snapshot.restore();
    return known.project;
  }
  const project = faultProject(bare);
  bases.set(bare, { project, snapshot: new Snapshot(project.sandbox) });
  return project;
}

export function removeBases(): void {
  for (const { project, snapshot } of bases.values()) {
    project.sandbox.remove();
    snapshot.remove();
  }
  bases.clear();
}
