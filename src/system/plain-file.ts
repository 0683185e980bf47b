import { closeSync, constants, fstatSync, openSync, readFileSync } from "node:fs";

/** Neither through a link nor waiting for whoever writes into a pipe. Windows knows neither flag. */
const FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/**
 * What a file holds that we wrote ourselves, in a folder where others may have put something in its place; null for anything
 * but a regular file of at most `limit` bytes.
 */
export function readPlain(path: string, limit: number): Buffer | null {
  let file: number | undefined;
  try {
    file = openSync(path, FLAGS);
    const stats = fstatSync(file);
    return stats.isFile() && stats.size <= limit ? readFileSync(file) : null;
  } catch {
    return null;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}
