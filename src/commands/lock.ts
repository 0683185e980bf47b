import { endSession, endSessions } from "../custody/session-write.ts";
import type { Context } from "../ui/context.ts";
import { count, say } from "../ui/output.ts";
import { openProject } from "../workspace/project.ts";

/** Ends what `unlock` began: for this project, or for all. `--expired` is what the process that `unlock` leaves behind calls. */
export function run(context: Context): void {
  const { all, expired } = context.flags;
  if (all === true || expired === true) {
    const ended = endSessions(context.env, expired === true);
    return say(context, `${count(ended, "session")} ended`);
  }
  const { manifest } = openProject(context);
  say(context, endSession(context.env, manifest.project) ? "locked" : "nothing was unlocked");
}
