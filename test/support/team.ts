import { join } from "node:path";
import { parse } from "dotenv";
import { type Options, type Project, sandbox } from "./sandbox.ts";

export const SECRETS = {
  API_KEY: "sk_live_api_0123456789",
  DB_PASSWORD: "pw-database-0123456789",
  MAIL_TOKEN: "tok-mail-0123456789abc",
  SENTRY_DSN: "dsn-sentry-0123456789",
};
const FILE = `${Object.entries(SECRETS)
  .map(([name, value]) => `# about ${name}\n${name}=${value}\n`)
  .join("\n")}`;

/**
 * A repository whose vault is committed, with the drivers in place. Hooks are off: what they do is tested elsewhere. Writers
 * may seal on a branch from before a rotation: the person at this machine knows what they do.
 */
export function mergingProject(files: Record<string, string | Uint8Array> = { ".env": FILE }): Merging {
  const box = sandbox();
  const project = box.project(files);
  project.ok(["init", "--yes", "-q"]);
  project.git("config", "core.hooksPath", join(box.root, "no-hooks"));
  project.commitAll("seal");
  return new Merging(project);
}

export class Merging {
  readonly project: Project;

  constructor(project: Project) {
    this.project = project;
  }

  set(name: string, value: string, options: Options = {}): this {
    this.project.ok(["set", name, "-q", "--allow-older"], { ...options, input: value });
    return this;
  }

  run(...args: string[]): this {
    this.project.ok([...args]);
    return this;
  }

  commit(message = "change"): this {
    this.project.commitAll(message);
    return this;
  }

  /** Both sides change the base, each on its branch; ends on main, which has ours. */
  parted(ours: (side: Merging) => unknown, theirs: (side: Merging) => unknown): this {
    this.project.git("branch", "side");
    ours(this);
    this.project.commitAll("ours");
    this.project.git("checkout", "-q", "side");
    theirs(this);
    this.project.commitAll("theirs");
    this.project.git("checkout", "-q", "main");
    return this;
  }

  /** git, whatever it ends with. */
  tries(...args: string[]): { code: number; output: string } {
    try {
      return { code: 0, output: this.project.git(...args) };
    } catch (error) {
      const { status, stdout, stderr } = error as { status: number; stdout: string; stderr: string };
      return { code: status, output: `${stdout}${stderr}` };
    }
  }

  values(options: Options = {}): Record<string, string> {
    return parse(this.project.ok(["decrypt", ".env", "--stdout"], options).stdout);
  }

  /** Another person with access, and the environment that makes them so. @param given a role, to `grant` */
  person(name: string, ...given: string[]): Record<string, string> {
    return this.project.teammate(name, "--allow-older", ...given);
  }
}
