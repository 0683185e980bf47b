import { dirname, resolve } from "node:path";
import { EnvsealError } from "../errors.ts";
import { topFolder } from "../git/repo.ts";
import type { Context } from "../ui/context.ts";
import { json, line, say } from "../ui/output.ts";
import { armedEvents, armHooks, disarmHooks, EVENTS, type HookPlace, hookPlace, probe } from "../workspace/hooks.ts";

const WORDS = {
  config: "git's configuration of this clone",
  husky: "one line in each file of .husky: commit them",
  file: "files in git's hook folder; what was there runs after ours",
} as const;

/** Arms this clone's hooks, takes them away, or says whether they really fire. */
export async function run(context: Context): Promise<number> {
  const [action] = context.args;
  const top = await topFolder(context.cwd);
  if (top === null && action === "install" && context.flags["if-git"] === true) return 0;
  if (top === null) throw new EnvsealError("GIT", "this is no git work tree", { hint: "run it inside a repository" });
  const place = hookPlace(top);
  if (action === "install") return install(place, context);
  if (action === "status") return status(place, context);
  if (action !== "uninstall") throw new EnvsealError("USAGE", "hooks takes install, uninstall or status", { hint: "envseal help hooks" });
  disarmHooks(place);
  say(context, "the hooks are gone, and what was there before is back");
  return 0;
}

function install(place: HookPlace, context: Context): number {
  const cli = process.argv[1] ?? "";
  armHooks(place, resolve(dirname(cli), "../../hooks/run"), cli);
  if (probe(place)) {
    say(context, `the hooks of this clone are armed, and fire: ${WORDS[place.route]}`);
    return 0;
  }
  throw new EnvsealError("GIT", `the hooks were installed (${WORDS[place.route]}), but git does not reach them`, {
    hint: "another hook manager stands in between (git config core.hooksPath): run its own install, then envseal hooks install again",
  });
}

function status(place: HookPlace, context: Context): number {
  const armed = armedEvents(place);
  const fires = probe(place);
  if (context.json) json({ route: place.route, folder: place.folder, armed, fires });
  else {
    line(
      `${fires ? "armed, and git reaches them" : armed.length === 0 ? "not armed in this clone" : "installed, but git does not reach them"}: ${WORDS[place.route]}`,
    );
    for (const event of EVENTS) line(`  ${armed.includes(event) ? "on " : "off"}  ${event}`);
    if (!fires) line("\nfix: envseal hooks install");
  }
  return fires && armed.length === EVENTS.length ? 0 : 1;
}
