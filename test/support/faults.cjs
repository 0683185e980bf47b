/**
 * Put before the program with `node --require`: counts its calls that change something on disk (or read it, with FAULT_READS; only of files named FAULT_ON),
 * and at the n-th of them (FAULT_AT) fails with an errno (FAULT_MODE=ENOSPC) or dies (FAULT_MODE=kill). What it counted goes to
 * FAULT_REPORT. A call that writes dies or fails half-way, which is the worst that it may do.
 */
const fs = require("node:fs");
const child = require("node:child_process");
const { basename, sep, resolve } = require("node:path");
const { syncBuiltinESMExports } = require("node:module");
const { constants } = require("node:os");

const { FAULT_AT, FAULT_MODE = "kill", FAULT_REPORT, FAULT_READS, FAULT_ON } = process.env;
for (const name of ["FAULT_AT", "FAULT_MODE", "FAULT_REPORT", "FAULT_READS", "FAULT_ON"]) delete process.env[name];
const original = { ...fs };
const ROOT = resolve(__dirname, "../..") + sep;
const state = { count: 0, fired: null, depth: 0 };

/** The program's own code is not what is read or written here. */
const isForeign = (target) => typeof target === "string" && (target.startsWith(ROOT) || target.startsWith("/proc/"));

function report() {
  original.writeFileSync(FAULT_REPORT, JSON.stringify({ count: state.count, fired: state.fired }));
}

/** True where this call is the one. @param half does half of the call, as a full disk or a kill in its midst would */
function strike(name, target, half) {
  if (FAULT_ON !== undefined && (typeof target !== "string" || basename(target) !== FAULT_ON)) return;
  state.count++;
  if (state.count !== Number(FAULT_AT)) return;
  state.fired = `${name} ${typeof target === "string" ? target : ""}`;
  half?.();
  report();
  if (FAULT_MODE === "kill") {
    process.kill(process.pid, "SIGKILL");
    original.readSync(0, Buffer.alloc(1));
  }
  throw Object.assign(new Error(`${FAULT_MODE}: planted, ${name}`), {
    code: FAULT_MODE,
    errno: -constants.errno[FAULT_MODE],
    syscall: name.replace(/Sync$/, ""),
    ...(typeof target === "string" && { path: target }),
  });
}

/** A wrapped call inside a wrapped call (rmSync unlinks, writeFileSync opens) belongs to the outer one. */
function wrap(name, { half, counts = () => true } = {}) {
  const real = fs[name];
  const planted = (...args) => {
    if (state.depth > 0 || isForeign(args[0]) || !counts(...args)) return real(...args);
    state.depth++;
    try {
      strike(name, args[0], half && (() => half(...args)));
      return real(...args);
    } finally {
      state.depth--;
    }
  };
  fs[name] = Object.assign(planted, real);
}

const bytesOf = (data) => (typeof data === "string" ? Buffer.from(data) : Buffer.from(data.buffer, data.byteOffset, data.byteLength));
const writes = (flags) => (typeof flags === "number" ? (flags & 3) !== 0 : flags !== undefined && flags !== "r" && flags !== "rs");

function halfFile(path, data, options) {
  const { mode = 0o666, flag = "w" } = typeof options === "object" && options !== null ? options : {};
  const fd = original.openSync(path, flag, mode);
  const bytes = bytesOf(data);
  original.writeSync(fd, bytes, 0, bytes.length >> 1);
  original.closeSync(fd);
}

function halfWrite(fd, data, offset = 0) {
  const bytes = bytesOf(data).subarray(typeof offset === "number" ? offset : 0);
  original.writeSync(fd, bytes, 0, bytes.length >> 1);
}

for (const name of [
  "fsyncSync",
  "renameSync",
  "linkSync",
  "symlinkSync",
  "unlinkSync",
  "rmdirSync",
  "rmSync",
  "mkdirSync",
  "chmodSync",
  "utimesSync",
  "truncateSync",
  "ftruncateSync",
  "mkdtempSync",
])
  wrap(name);
wrap("openSync", { counts: (_path, flags) => writes(flags) || FAULT_READS !== undefined });
wrap("writeSync", { half: halfWrite, counts: (fd) => fd > 2 });
wrap("closeSync", { counts: (fd) => fd > 2 });
wrap("writeFileSync", { half: halfFile });
wrap("appendFileSync", { half: (path, data, options) => halfFile(path, data, { flag: "a", ...options }) });
wrap("copyFileSync", { half: (from, to) => halfFile(to, original.readFileSync(from)) });
// A standard stream of the program is no file of its.
if (FAULT_READS !== undefined)
  for (const name of ["readFileSync", "statSync", "lstatSync", "readdirSync"]) wrap(name, { counts: (path) => typeof path === "string" });

/** git cannot be started, which a full process table does; and a kill comes before it ran. */
const spawnSync = child.spawnSync;
child.spawnSync = (command, ...rest) => {
  if (command === "git") {
    try {
      strike("spawnSync", [command, ...rest[0]].join(" "));
    } catch (error) {
      return { pid: 0, output: null, stdout: Buffer.alloc(0), stderr: Buffer.alloc(0), status: null, signal: null, error };
    }
  }
  return spawnSync(command, ...rest);
};

syncBuiltinESMExports();
process.on("exit", report);
