import { dirname } from "node:path";
import type { Context } from "../../../context.ts";
import { everyLogin, sessionFolder, sessionPath } from "../../../custody/session.ts";
import { endSession, endSessions, sessionsLeft } from "../../../custody/session-write.ts";
import { EnvsealError } from "../../../errors.ts";
import { shellWord } from "../../../printable.ts";
import { count, say } from "../../../ui/output.ts";
import { openProject } from "../../../workspace/project.ts";

/** Ends what `unlock` began here or in another login: for this project, or for all. `--expired` does what the process that `unlock` leaves behind does. */
export function run(context: Context): void {
  const { all, expired } = context.flags;
  const logins = everyLogin(context.env);
  if (all === true || expired === true) {
    const ended = logins.map((env) => endSessions(env, expired === true)).reduce((sum, some) => sum + some);
    if (expired !== true) for (const env of logins) refuseLeft(sessionFolder(env), env);
    return say(context, `${count(ended, "session")} ended`);
  }
  const { manifest } = openProject(context);
  const ended = logins.filter((env) => endSession(env, manifest.project));
  for (const env of logins) refuseLeft(sessionPath(env, manifest.project), env);
  say(context, ended.length > 0 ? "locked" : "nothing was unlocked");
}

/** A session that is not this person's alone any more is not touched, and not passed over either. @throws KEY_FILE_MODE */
function refuseLeft(place: string, env: Context["env"]): void {
  const [left] = sessionsLeft(env).filter((path) => path === place || dirname(path) === place);
  if (left === undefined) return;
  throw new EnvsealError("KEY_FILE_MODE", `${left} is not yours alone, may hold an unlocked identity, and was not removed`, {
    hint: `look who else has it, and remove it: rm ${shellWord(left)}; if others may have read it, revoke that identity, which rotates`,
  });
}
