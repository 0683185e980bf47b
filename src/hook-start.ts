import { createHash } from "node:crypto";
import { closeSync, fstatSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { Script } from "node:vm";

/**
 * What git's hooks start: it runs the hook's program (hook-main) as it was compiled at an earlier commit. Compiling takes a
 * third of a hook's time. What was compiled is kept in the clone's git folder, next to the runner that started this: whoever
 * can write there has hooks of his own. V8 does not check it, so it is taken only whole, for this very program and node.
 */

/** Put in by scripts/build.mjs: what was half installed, or damaged, is not run. */
declare const HOOK_MAIN_SHA256: string;

const path = join(dirname(process.argv[1] ?? ""), "hook-main.cjs");
const kept = resolve(process.env.GIT_DIR || ".git", "envseal", "compiled");
const program = readFileSync(path);
const digest = createHash("sha256").update(program).digest("hex");
if (digest !== HOOK_MAIN_SHA256) throw new Error(`${path} is not the program that belongs to this version of envseal`);
const compiled = readKept();
const script = new Script(`(function (require) {${program.toString("utf8")}\n})`, {
  filename: path,
  ...(compiled !== null && { cachedData: compiled }),
});
(script.runInThisContext() as (require: NodeJS.Require) => void)(createRequire(path));
// At the end, since then it holds what a commit really runs.
if ((compiled === null || script.cachedDataRejected) && process.argv[2] === "pre-commit") process.once("exit", keep);

function digestOf(data: Buffer): Buffer {
  return createHash("sha256").update(`${process.version} ${process.arch} ${digest}\n`).update(data).digest();
}

/** Null where there is none, or it is not ours alone. */
function readKept(): Buffer | null {
  let file: number | undefined;
  try {
    file = openSync(kept, "r");
    const { uid, mode } = fstatSync(file);
    if (process.getuid !== undefined && (uid !== process.getuid() || (mode & 0o022) !== 0)) return null;
    const bytes = readFileSync(file);
    return bytes.length > 32 && digestOf(bytes.subarray(32)).equals(bytes.subarray(0, 32)) ? bytes.subarray(32) : null;
  } catch {
    return null;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/** Where it cannot be kept, the next commit compiles again. */
function keep(): void {
  const unfinished = `${kept}-${process.pid}`;
  try {
    const data = script.createCachedData();
    writeFileSync(unfinished, Buffer.concat([digestOf(data), data]), { mode: 0o600, flag: "wx" });
    renameSync(unfinished, kept);
  } catch {
    rmSync(unfinished, { force: true });
  }
}
