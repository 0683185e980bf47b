import { closeSync, existsSync, fstatSync, openSync, readSync } from "node:fs";
import { resolve } from "node:path";
import { append } from "../../core/append.ts";
import { WHOLE } from "../../git/batch-reader.ts";
import { gitOutput } from "../../git/output.ts";
import type { Finding } from "../../guard/finding.ts";
import type { Scope } from "./scope.ts";

const POINTER = Buffer.from("version https://git-lfs.github.com/spec/v1\n");

/** A file of any size in bounded memory: whole up to the size of a vault. What the visitor is given is valid until it returns. */
export function readInParts(path: string | Buffer, visit: (content: Buffer, part: { from: number; last: boolean }) => void): void {
  const file = openSync(path, "r");
  try {
    const { size } = fstatSync(file);
    const buffer = Buffer.allocUnsafe(Math.min(size, WHOLE));
    for (let from = 0; ; ) {
      const length = readSync(file, buffer, 0, buffer.length, from);
      const last = length === 0 || from + length >= size;
      visit(buffer.subarray(0, length), { from, last });
      if (last) return;
      from += length;
    }
  } finally {
    closeSync(file);
  }
}

/** What a Git LFS pointer stands for is in the repository's own store, not among git's objects. */
export function lfsFindings({ top, guard }: Scope, path: string, content: Buffer): Finding[] {
  if (content.length > 1024 || !content.subarray(0, POINTER.length).equals(POINTER)) return [];
  const [, oid = ""] = /\noid sha256:([0-9a-f]{64})\n/.exec(content.toString("latin1")) ?? [];
  if (oid === "") return [];
  const folder = gitOutput(top, ["rev-parse", "--git-common-dir"]).toString().trimEnd();
  const file = resolve(top, folder, "lfs/objects", oid.slice(0, 2), oid.slice(2, 4), oid);
  const findings: Finding[] = [];
  if (existsSync(file)) readInParts(file, (bytes, part) => append(findings, guard.text(path, bytes, part)));
  else guard.contentNotHere();
  return findings;
}
