/**
 * `envseal/config`: `config()` and nothing else, for an app's first import or a preload (`node -r`, `--import`, NODE_OPTIONS).
 *
 * @module config
 */
import { readFileSync, realpathSync } from "node:fs";
import path from "node:path";
import { isOwnMain, PRELOADED } from "./loader/own-main.ts";

/** By name, so that a bundler finds it; loaded where it is needed alone, since it costs the CLI as much as half a command. */
declare function require(name: "./index.cjs"): typeof import("./index.ts");

/** In CommonJS, which this is built as, the build puts the file's path there. */
const ownFile = import.meta.url;

if (!isOwnMain(mainScript(), linksResolved(path.join(path.dirname(ownFile), "bin")), path) || !isPackage()) load();

function load(): void {
  const { config, EnvsealError } = require("./index.cjs");
  try {
    // Another envseal's program cannot know otherwise why its key is gone.
    Object.defineProperty(process, PRELOADED, { value: ownFile, configurable: true });
    config();
  } catch (error) {
    if (error instanceof EnvsealError) {
      // What stops an app at boot is read by people: the message and the hint, without our own stack.
      for (const name of ["code", "hint", "name"]) Object.defineProperty(error, name, { enumerable: false });
      error.stack = `envseal: ${error.message} [${error.code}]\n  hint: ${error.hint}`;
    }
    throw error;
  }
}

/** An app's bundler may have put this file into the app's own dist, beside a bin of the app's. */
function isPackage(): boolean {
  try {
    return JSON.parse(readFileSync(path.join(path.dirname(ownFile), "../package.json"), "utf8")).name === "envseal";
  } catch {
    return false;
  }
}

/** Of a program that is given as text (-e, -p) or on stdin, the second word is its own first argument. */
function mainScript(): string | null {
  const [, started] = process.argv;
  const isText = (process as { _eval?: string })._eval !== undefined;
  if (started === undefined || isText || !path.isAbsolute(started)) return null;
  return linksResolved(started) ?? linksResolved(`${started}.js`);
}

function linksResolved(file: string): string | null {
  try {
    return realpathSync.native(file);
  } catch {
    return null;
  }
}
