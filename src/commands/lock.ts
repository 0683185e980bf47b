import { dirname } from "node:path";
import { sessionFolder, sessionPath } from "../custody/session.ts";
import { endSession, endSessions, sessionsLeft } from "../custody/session-write.ts";
import { EnvsealError } from "../errors.ts";
import type { Context } from "../ui/context.ts";
import { count, say } from "../ui/output.ts";
import { openProject } from "../workspace/project.ts";

/** Ends what `unlock` began: for this project, or for all. `--expired` is what the process that `unlock` leaves behind calls. */
export function run(context: Context): void {
  const { all, expired } = context.flags;
  if (all === true || expired === true) {
    const ended = endSessions(context.env, expired === true);
    if (expired !== true) refuseLeft(sessionFolder(context.env), context);
    return say(context, `${count(ended, "session")} ended`);
  }
  const { manifest } = openProject(context);
  const ended = endSession(context.env, manifest.project);
  refuseLeft(sessionPath(context.env, manifest.project), context);
  say(context, ended ? "locked" : "nothing was unlocked");
}

/** A session that is not this person's alone any more is not touched, and not passed over either. @throws KEY_FILE_MODE */
function refuseLeft(place: string, { env }: Context): void {
  const [left] = sessionsLeft(env).filter((path) => path === place || dirname(path) === place);
  if (left === undefined) return;
  throw new EnvsealError("KEY_FILE_MODE", `${left} is not yours alone, may hold an unlocked identity, and was not removed`, {
    hint: `look who else has it, and remove it: rm ${left}; if others may have read it, revoke that identity, which rotates`,
  });
}
