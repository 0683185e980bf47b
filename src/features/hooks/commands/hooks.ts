import { existsSync } from "node:fs";
import type { Context } from "../../../context.ts";
import { EnvsealError } from "../../../errors.ts";
import { gitOutput } from "../../../git/output.ts";
import { topFolder } from "../../../git/repo.ts";
import { hooksWereChanged } from "../../../project/hooks-installed.ts";
import { forgetClone, isOwnClone } from "../../../project/trusted-clones.ts";
import { typeable } from "../../../ui/command-prefix.ts";
import { json, line, say } from "../../../ui/output.ts";
import { armedEvents, disarmHooks, probe } from "../arm.ts";
import { EVENTS, STOPPING } from "../event-names.ts";
import { armThisClone, isCurrent, recordHooks, routeWords } from "../install.ts";
import { MANAGER_COMMANDS, type Manager } from "../managers.ts";
import { type HookPlace, hookPlace } from "../place.ts";
import { armStrict, isStrict } from "../strict.ts";

/** Arms this clone's hooks, takes them away, or says whether they really fire. */
export async function run(context: Context): Promise<number> {
  const [action] = context.args;
  const top = await topFolder(context.cwd);
  if (top === null && action === "install" && context.flags["if-git"] === true) return 0;
  if (top === null) {
    gitOutput(context.cwd, ["version"]);
    throw new EnvsealError("GIT", "this is no git work tree", { hint: "run it inside a repository" });
  }
  if (action === "install") {
    const { place, text } = await armThisClone(top);
    say(context, text);
    // What an earlier version put into git's configuration is replaced with the rest.
    if (context.flags.strict === true || isStrict(place)) {
      armStrict(place);
      recordHooks(place);
      say(context, "strict: plaintext is not even written as an object, and no ref moves to what a guard would find");
    }
    return 0;
  }
  const place = hookPlace(top);
  if (action === "status") return status(place, context);
  if (action !== "uninstall") throw new EnvsealError("USAGE", "hooks takes install, uninstall or status", { hint: "envseal help hooks" });
  await disarmHooks(place);
  forgetClone(context.env, place.gitFolder);
  const { route } = place;
  const left = armedEvents(place).length > 0 && route in MANAGER_COMMANDS ? MANAGER_COMMANDS[route as Manager] : undefined;
  say(
    context,
    left === undefined ? "the hooks are gone, and what was there before is back" : `taken out of ${route}'s own file; now run: ${left}`,
  );
  return 0;
}

function status(place: HookPlace, context: Context): number {
  const armed = armedEvents(place);
  const own = isOwnClone(context.env, place.gitFolder);
  const fires = own && probe(place);
  const whole = fires && STOPPING.every((event) => armed.includes(event));
  if (context.json) json({ route: place.route, folder: place.folder, armed, fires });
  else {
    const unreached = own ? "installed, but git does not reach them" : "installed by somebody else, and so not tried out";
    const state = existsSync(place.runner) || armed.length > 0 ? unreached : "not armed in this clone";
    line(`${whole ? "armed, and git reaches them" : fires ? "armed in part" : state}: ${routeWords(place)}`);
    for (const event of EVENTS) line(`  ${armed.includes(event) ? "on " : "off"}  ${event}`);
    if (armed.length > 0 && !isCurrent(place)) line("git starts a copy of another envseal than this one");
    const changed = hooksWereChanged(place.top);
    if (changed !== null) line(changed);
    if (!whole || !isCurrent(place) || changed !== null) line(typeable("\nfix: envseal hooks install"));
  }
  return whole ? 0 : 1;
}
