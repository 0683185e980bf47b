import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { Script } from "node:vm";
import { ensurePersonKey, readPersonKey } from "../project/person-key.ts";
import { readPlain } from "../system/plain-file.ts";

/**
 * What git's hooks start: it runs the hook's program (hook-main) as it was compiled at an earlier commit. Compiling takes a
 * third of a hook's time. What was compiled is kept in the clone's git folder. V8 does not check it, and a clone may come with
 * whatever somebody put there: it is taken only with the MAC that this person's own key makes, for this very program and node.
 */

/** Put in by scripts/build.mjs: what was half installed, or damaged, is not run. */
declare const HOOK_MAIN_SHA256: string;

const path = join(dirname(process.argv[1] ?? ""), "hook-main.cjs");
const MAX_BYTES = 64 << 20;
const kept = resolve(process.env.GIT_DIR || ".git", "envseal", "compiled");
const program = readFileSync(path);
const digest = createHash("sha256").update(program).digest("hex");
if (digest !== HOOK_MAIN_SHA256) throw new Error(`${path} is not the program that belongs to this version of envseal`);
const key = readPersonKey(process.env);
const compiled = readKept();
const script = new Script(`(function (require) {${program.toString("utf8")}\n})`, {
  filename: path,
  ...(compiled !== null && { cachedData: compiled }),
});
(script.runInThisContext() as (require: NodeJS.Require) => void)(createRequire(path));
// At the end, since then it holds what a commit really runs.
if ((compiled === null || script.cachedDataRejected) && process.argv[2] === "pre-commit") process.once("exit", keep);

function macOf(data: Buffer, key: Buffer): Buffer {
  return createHmac("sha256", key).update(`${process.version} ${process.arch} ${digest}\n`).update(data).digest();
}

/** Null where there is none, or it is not ours. */
function readKept(): Buffer | null {
  const bytes = key === null ? null : readPlain(kept, MAX_BYTES);
  if (key === null || bytes === null || bytes.length <= 32) return null;
  return timingSafeEqual(macOf(bytes.subarray(32), key), bytes.subarray(0, 32)) ? bytes.subarray(32) : null;
}

/** Where it cannot be kept, the next commit compiles again. */
function keep(): void {
  const key = ensurePersonKey(process.env);
  if (key === null) return;
  const unfinished = `${kept}-${process.pid}`;
  try {
    const data = script.createCachedData();
    writeFileSync(unfinished, Buffer.concat([macOf(data, key), data]), { mode: 0o600, flag: "wx" });
    renameSync(unfinished, kept);
  } catch {
    rmSync(unfinished, { force: true });
  }
}
