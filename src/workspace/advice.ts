import { adminsToAsk, oneOf } from "../core/authority/admins.ts";
import type { Manifest } from "../core/authority/manifest.ts";
import { plain } from "../ui/output.ts";
import type { Role } from "./role-here.ts";

/** Command lines in messages: complete, and given to those who can run them. */

/** A command to run, or to ask one of those for who can. */
export function orAsk(canRun: boolean, whom: readonly string[], line: string): string {
  return canRun ? line : `ask ${oneOf(whom.map(plain))} to run: ${line}`;
}

export function adminRuns(manifest: Manifest, { role }: { role: Role }, line: string): string {
  return orAsk(role === "admin", adminsToAsk(manifest), line);
}

/** What replaces keys. */
export function rotatorRuns(manifest: Manifest, { role }: { role: Role }, line: string): string {
  return orAsk(role !== "member", adminsToAsk(manifest), line);
}
