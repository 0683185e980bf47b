import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { deflateSync } from "node:zlib";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { LooseBlobs } from "../../src/git/loose-objects.ts";
import { runs } from "../support/arbitraries.ts";
import { Sandbox, sealedProject } from "../support/sandbox.ts";

const sandbox = new Sandbox();
const project = sandbox.project();
afterAll(() => sandbox.remove());
const git = (args: string[], input?: Buffer) =>
  execFileSync("git", args, { cwd: project.folder, env: project.sandbox.env, input, maxBuffer: 1 << 26 });
const add = (content: Buffer, type = "blob") => git(["hash-object", "-w", "--literally", "-t", type, "--stdin"], content).toString().trim();
/** By one git. */
function addAll(contents: readonly Buffer[]): string[] {
  const paths = contents.map((content, index) => {
    const path = join(sandbox.root, `content-${index}`);
    writeFileSync(path, content);
    return path;
  });
  return git(["hash-object", "-w", "--no-filters", "--stdin-paths"], Buffer.from(paths.join("\n")))
    .toString()
    .trim()
    .split("\n");
}
const pathOf = (oid: string) => join(project.folder, ".git/objects", oid.slice(0, 2), oid.slice(2));

const readAll = async (blobs: LooseBlobs, oids: readonly string[]) => {
  const contents: (Buffer | null)[] = [];
  for await (const content of blobs.read(oids)) contents.push(content);
  return contents;
};

/** The first sixty are read here, and the others beside this thread. */
const MANY = 64;

/** Alone, and as one of many, which are read in another way. */
async function read(oid: string, env: NodeJS.ProcessEnv = {}, folder = project.folder): Promise<Buffer | null> {
  const [alone = null] = await readAll(new LooseBlobs(folder, env), [oid]);
  const many = await readAll(new LooseBlobs(folder, env), Array(MANY).fill(oid));
  expect(many.map((content) => (alone === null ? content === null : content?.equals(alone)))).toEqual(Array(MANY).fill(true));
  return alone;
}

/** An object file that says of itself what it likes. */
function forge(object: Buffer): string {
  const oid = add(Buffer.from(`${Math.random()}`));
  rmSync(pathOf(oid));
  writeFileSync(pathOf(oid), deflateSync(object));
  return oid;
}

describe("a blob in a file of its own", () => {
  it("is what git reads", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 5000 }), async (bytes) => {
        const oid = add(Buffer.from(bytes));
        expect(await read(oid)).toEqual(git(["cat-file", "blob", oid]));
      }),
      runs(20),
    );
    const large = Buffer.alloc(7 << 20, "a line that compresses well\n");
    expect((await read(add(large)))?.equals(large)).toBe(true);
  });

  it("comes in the order that was asked for", async () => {
    const contents = Array.from({ length: 200 }, (_, index) => Buffer.alloc((index % 7) * 1000, `${index}`));
    expect(await readAll(new LooseBlobs(project.folder, {}), addAll(contents))).toEqual(contents);
  });

  it.runIf(process.platform === "linux")("is not waited for by a thread when nobody asks any more", async () => {
    const oids = addAll(Array.from({ length: 100 }, (_, index) => Buffer.alloc(1 << 20, `${index}`)));
    const threads = () => readdirSync("/proc/self/task").length;
    const before = threads();
    for await (const content of new LooseBlobs(project.folder, {}).read([...oids, ...oids]))
      if (content?.toString("latin1", 0, 2) === "70") break;
    await expect.poll(threads).toBeLessThanOrEqual(before);
  });

  it("is read by a thread that loads nothing of what the process was told to load first", () => {
    const one = sealedProject();
    for (let index = 0; index < 100; index++) one.write(`d/${index}.txt`, `file ${index}\n`);
    one.git("add", "-A");
    one.write("../tell.cjs", 'require("node:fs").appendFileSync(process.env.TOLD, "loaded\\n");');
    const told = one.path("../told");
    const env = { NODE_OPTIONS: `--require=${one.path("../tell.cjs")}`, TOLD: told };
    expect(one.ok(["check", "--staged"], { env }).stderr).toMatch(/^10\d files checked/);
    expect(readFileSync(told, "utf8")).toBe("loaded\n");
  });

  it.each<[string, () => string]>([
    ["is not there", () => "0".repeat(40)],
    [
      "is a commit",
      () =>
        git(["commit-tree", "-m", "x", git(["mktree"], Buffer.alloc(0)).toString().trim()])
          .toString()
          .trim(),
    ],
    ["is larger than what is read at once", () => add(Buffer.alloc(17 << 20))],
    ["has another size than it says", () => forge(Buffer.from("blob 3\0four"))],
    ["says its size in another way", () => forge(Buffer.from("blob 04\0four"))],
    ["has no end of its head", () => forge(Buffer.from("blob 4"))],
    ["is no blob", () => forge(Buffer.from("blub 4\0four"))],
    [
      "is cut off",
      () => {
        const oid = forge(Buffer.from("blob 4\0four"));
        writeFileSync(pathOf(oid), readFileSync(pathOf(oid)).subarray(0, 8));
        return oid;
      },
    ],
    [
      "is packed",
      () => {
        const oid = add(Buffer.from("packed"));
        git(["pack-objects", "-q", ".git/objects/pack/pack"], Buffer.from(`${oid}\n`));
        git(["prune-packed"]);
        return oid;
      },
    ],
  ])("is left to git where it %s", async (_how, make) => expect(await read(make())).toBeNull());

  it.each(["GIT_DIR", "GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY"])("is left to git where %s says where things are", async (name) => {
    const oid = add(Buffer.from("here"));
    expect(await read(oid)).not.toBeNull();
    expect(await read(oid, { [name]: ".git" })).toBeNull();
  });

  it("is left to git in a linked worktree, and after many that lie in packs", async () => {
    const oid = add(Buffer.from("here"));
    git(["commit", "-q", "--allow-empty", "-m", "x"]);
    git(["worktree", "add", "-q", "../linked"]);
    expect(await read(oid, {}, join(project.folder, "../linked"))).toBeNull();
    const packed = Array.from({ length: 30 }, (_, index) => index.toString(16).padStart(40, "0"));
    expect(await readAll(new LooseBlobs(project.folder, {}), [...packed, oid])).toEqual(Array(31).fill(null));
  });
});
