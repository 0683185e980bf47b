import { fstatSync, writeSync } from "node:fs";
import { ioError } from "../system/read.ts";

/**
 * Node writes each text to a file in one go, and takes what a full disk or a limit cuts short for the whole: here, what is
 * missing is written too, or refused.
 * @param failed is told what the system refused; once the reader of a pipe has gone (`envseal list | head`), nothing is
 */
export function guardStdout(failed: (error: unknown) => void): void {
  if (fstatSync(1).isFile()) {
    process.stdout._write = (chunk: Buffer, _encoding, done) => {
      try {
        for (let at = 0; at < chunk.length; ) at += writeSync(1, chunk, at);
        done();
      } catch (error) {
        done(error as Error);
      }
    };
  }
  // Where nobody reads what is said, the work is still to be finished.
  process.stderr.on("error", () => {});
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") failed(ioError(error, "cannot write to standard output"));
  });
}
