import { spawn } from "node:child_process";
import { printableLines } from "../printable.ts";
import { hasColour, out } from "./output.ts";

/**
 * Prints long text as git would: through `pager` where standard output is a terminal, with git's own defaults for less
 * (quit if it fits, keep colours, do not clear), else as it is. A pager that cannot be started loses nothing.
 * @param pager as `git var GIT_PAGER` gives it; undefined for none
 */
export async function page(content: string, pager: string | undefined): Promise<void> {
  const text = printableLines(content, hasColour(process.stdout));
  if (!process.stdout.isTTY || pager === undefined || pager === "" || pager === "cat") return out(text);
  const env = { ...process.env, LESS: process.env.LESS ?? "FRX", LV: process.env.LV ?? "-c" };
  const child = spawn(pager, { shell: true, stdio: ["pipe", "inherit", "inherit"], env });
  const ended = new Promise<number | null>((done) => child.on("close", done).on("error", () => done(null)));
  child.stdin?.on("error", () => {});
  child.stdin?.end(text);
  const code = await ended;
  if (code === 126 || code === 127 || code === null) out(text);
}
