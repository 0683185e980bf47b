import { execFileSync } from "node:child_process";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { readAllObjects } from "../../src/git/all-objects.ts";
import { Sandbox, sealedProject } from "../support/sandbox.ts";

const KEY = "sk_live_0123456789";
const sandbox = new Sandbox();
afterAll(() => sandbox.remove());

/** Blobs on a branch of their own, in one pack. */
function withBlobs(contents: readonly Buffer[], project = sandbox.project()) {
  const git = (args: string[], input?: Buffer) =>
    execFileSync("git", args, { cwd: project.folder, env: project.sandbox.env, input, maxBuffer: 1 << 28 });
  const blobs = contents.map((content, index) => [Buffer.from(`blob\nmark :${index + 1}\ndata ${content.length}\n`), content, "\n"]);
  const files = contents.map((_, index) => `M 100644 :${index + 1} d/${index}.bin\n`).join("");
  const commit = `commit refs/heads/blobs\ncommitter a <a@example.com> 0 +0000\ndata 1\nx\n${files}`;
  git(["fast-import", "--quiet"], Buffer.concat([...blobs.flat(), commit].map((part) => Buffer.from(part))));
  return { project, git };
}
const small = Array.from({ length: 1500 }, (_, index) => Buffer.from(`file ${index}\n`.repeat(1 + (index % 90))));

async function read(folder: string, skipped = false) {
  const seen = new Map<string, Buffer>();
  const count = await readAllObjects(
    folder,
    ({ oid }, content, { from }) => {
      expect(from).toBe(seen.get(oid)?.length ?? 0);
      seen.set(oid, Buffer.concat([seen.get(oid) ?? Buffer.alloc(0), content]));
    },
    () => skipped,
  );
  return { seen, count };
}

describe("every object of a repository", () => {
  const { project, git } = withBlobs([...small, Buffer.alloc(17 << 20, "large\n"), Buffer.alloc(20 << 20, "larger\n")]);
  const names = git(["cat-file", "--batch-all-objects", "--batch-check=%(objectname) %(objectsize)"]).toString().trim().split("\n");

  it("is read once, whole, as it is", async () => {
    const { seen, count } = await read(project.folder);
    expect(count).toBe(names.length);
    expect([...seen].map(([oid, content]) => `${oid} ${content.length}`).sort()).toEqual([...names].sort());
    for (const content of small.slice(0, 50)) {
      const oid = git(["hash-object", "--stdin"], content).toString().trim();
      expect(seen.get(oid)?.equals(content)).toBe(true);
    }
  });

  it("counts what is skipped", async () => {
    expect((await read(project.folder, true)).count).toBe(names.length);
  });

  it("hears of what its visitor throws, and of an object that cannot be read", async () => {
    const thrown = readAllObjects(
      project.folder,
      () => {
        throw new Error("from the visitor");
      },
      () => false,
    );
    await expect(thrown).rejects.toThrow("from the visitor");
    const oid = git(["hash-object", "-w", "--stdin"], Buffer.from("damaged")).toString().trim();
    const path = join(project.folder, ".git/objects", oid.slice(0, 2), oid.slice(2));
    chmodSync(path, 0o600);
    writeFileSync(path, "no zlib stream");
    await expect(read(project.folder)).rejects.toMatchObject({ code: "GIT" });
  });
});

it("a value across the parts of one large object is found while others are read", () => {
  const across = (index: number) => {
    const content = Buffer.alloc(17 << 20, `${index}\n`);
    content.write(KEY, (16 << 20) - 9);
    return content;
  };
  const large = Array.from({ length: 6 }, (_, index) => across(index));
  const { project } = withBlobs(
    small.flatMap((content, index) => (index % 250 === 0 ? [content, large[index / 250] as Buffer] : [content])),
    sealedProject(),
  );
  const { stdout } = project.envseal(["scan", "--history", "--json"]);
  expect(stdout.match(/"rule": ?"leak"/g)).toHaveLength(6);
});
