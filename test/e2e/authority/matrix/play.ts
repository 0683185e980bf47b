import { ACTS, type Act, type ActName, NEW_VALUE } from "./acts.ts";
import { ABORT, GOING_ON, WAYS, type Way } from "./ways.ts";
import type { Cell, Role } from "./world.ts";

const LOADER = 'require("envseal/config"); process.stdout.write(process.env.API_KEY ?? "")';

const NOTHING = { code: 0, stdout: "", stderr: "" };

interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

/** `ok`, or the rules of what was found, or the code of what was refused. */
function said({ code, stdout, stderr }: Ended): string {
  if (code === 0) return "ok";
  const names = [...(stdout + stderr).matchAll(/^(?!warning |envseal \(warning\)).*\[([a-z]+(?:-[a-z]+)+|[A-Z]+(?:_[A-Z]+)*)\]$/gm)].map(
    ([, name]) => name,
  );
  return [...new Set(names)].sort().join(" ") || `exit ${code}`;
}

/** What somebody's command came to, and the commit of what they made: by hand, where the command is not for them. */
export async function act(cell: Cell, role: Role, name: ActName): Promise<{ cli: string; commit: string }> {
  const { project } = cell;
  const { args, forge, input }: Act = ACTS[name];
  const env = cell.as(role);
  const cli = said(project.envseal(args, { env, ...(input !== undefined && { input }) }));
  if (cli !== "ok" && project.git("status", "--porcelain") === "") await forge(cell, role);
  project.git("add", "-A");
  const commit = said(project.execute(["git", "commit", "-qm", name], { env }));
  if (commit !== "ok") cell.commitUnseen(name);
  return { cli, commit };
}

export interface Outcome {
  /** `clean`, `conflict`, or what the hooks found. */
  git: string;
  /** Of a conflict: what `resolve` says, alone and with `--yes`, and the hooks of the commit after it. */
  resolve?: string;
  /** It is done at the end. */
  done: boolean;
  /** As an admin, with the newest pin. */
  get: string;
  /** At the start of an app with a deploy key, whose pin is the base's. */
  loader: string;
  /** As the person whom it is about. */
  them?: string;
  push: string;
  /** Of a fork's CI, without a key. */
  check: string;
}

/** git brings what was done to main, and what comes of it is looked at by everybody who looks. */
export function bring(cell: Cell, way: Way, name: ActName): Outcome & { output: string } {
  const { project } = cell;
  const start = project.git("rev-parse", "HEAD").trim();
  const result = WAYS[way](cell);
  let { output } = result;
  let git = "clean";
  let resolve: string | undefined;
  if (result.code !== 0 && (way === "web merge" || cell.unmerged().length > 0)) {
    git = "conflict";
    if (way !== "web merge") {
      const asked = project.envseal(["resolve"]);
      const answered = project.envseal(["resolve", "--yes"]);
      resolve = `${said(asked)}, ${said(answered)}`;
      output += asked.stderr + answered.stderr;
      if (cell.unmerged().length > 0) output += cell.git(...ABORT[way]).output;
      else {
        const on = cell.git(...GOING_ON[way]);
        output += on.output;
        resolve += `, ${said({ code: on.code, stdout: on.output, stderr: "" })}`;
        if (on.code !== 0) cell.commitUnseen("resolved");
      }
    }
  } else if (result.code !== 0) {
    git = said({ code: result.code, stdout: result.output, stderr: "" });
    cell.commitUnseen("all the same");
  }
  const got = project.envseal(["get", "API_KEY", "-e", "default"]);
  const loaded = project.node(["-e", LOADER], { env: cell.home("server") });
  const { about }: Act = ACTS[name];
  const them = about === undefined ? undefined : project.envseal(["get", "API_KEY", "-e", "default"], { env: cell.home(about) });
  const isNew = project.git("rev-parse", "HEAD").trim() !== start;
  const pushed = isNew ? project.execute(["git", "push", "-q", "origin", "HEAD:refs/heads/main"]) : NOTHING;
  const stranger = { env: cell.home("stranger") };
  const checked = isNew ? project.envseal(["check", "--range", `${start}..HEAD`, "--pin", cell.pin], stranger) : NOTHING;
  return {
    git,
    ...(resolve !== undefined && { resolve }),
    done: ACTS[name].done(cell),
    get: said(got) + (got.stdout.trim() === NEW_VALUE ? " new" : ""),
    loader: said(loaded) + (loaded.stdout === NEW_VALUE ? " new" : ""),
    ...(them !== undefined && { them: said(them) }),
    push: said(pushed),
    check: said(checked),
    output: `${output}\n${got.stderr}\n${pushed.stderr}\n${checked.stdout}`,
  };
}
