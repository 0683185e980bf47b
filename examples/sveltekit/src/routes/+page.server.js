// dynamic: read at run time. $env/static/private would write the value into the server's files.
import { env } from "$env/dynamic/private";

export function load() {
  return { greeting: env.GREETING };
}
