import { describe, expect, it } from "vitest";
import { isSameVault, isWoven, mergeTokens, withMarkers } from "../../../src/core/merging/merge-vault.ts";
import { serialise } from "../../../src/core/vault/document.ts";
import { parseVault, serialiseVault, type Vault } from "../../../src/core/vault/vault.ts";
import { MemoryProject } from "../../support/vaults.ts";

const project = new MemoryProject();
const seal = (text: string) => parseVault(project.seal(Buffer.from(text), { isPublic: (name) => name.startsWith("P") }));
const open = (vault: Vault) => Buffer.from(serialise(project.open(serialiseVault(vault)).document)).toString();
const text = (lines: string) =>
  lines
    .split(" ")
    .map((line) => `${line === "_" ? "" : line}\n`)
    .join("");

describe("merging vaults without a key", () => {
  it.each([
    ["edits of two names", "A=1 B=1 C=1", "A=2 B=1 C=1", "A=1 B=1 C=2", "A=2 B=1 C=2"],
    ["the same edit", "A=1 B=1", "A=2 B=1", "A=2 B=1", "A=2 B=1"],
    ["additions at two places", "A=1 B=1", "N=1 A=1 B=1", "A=1 B=1 M=1", "N=1 A=1 B=1 M=1"],
    ["additions at the same places", "A=1", "A=1 N=1", "A=1 N=1", "A=1 N=1"],
    ["a removal beside an edit", "A=1 B=1 C=1", "A=2 B=1 C=1", "A=1 B=1", "A=2 B=1"],
    ["comments and empty lines of both", "#x A=1 _ B=1", "#x #ours A=1 _ B=2", "#x _ A=2 _ B=1 #theirs", "#x #ours _ A=2 _ B=2 #theirs"],
    ["a comment that moved", "#x A=1 B=1", "A=1 #x B=1", "#x A=1 B=2", "A=1 #x B=2"],
    ["public values", "P=1 Q=1 R=1", "P=2 Q=1 R=1", "P=1 Q=1 R=2", "P=2 Q=1 R=2"],
  ])("takes %s, each token as a side has it", (_, base, ours, theirs, result) => {
    const [b, o, t] = [base, ours, theirs].map((lines) => seal(text(lines))) as [Vault, Vault, Vault];
    for (const merged of [mergeTokens(b, o, t), mergeTokens(b, t, o)] as Vault[]) {
      expect(open(merged).split("\n").sort()).toEqual(text(result).split("\n").sort());
      const known = [b, o, t].flatMap((vault) => serialiseVault(vault).split("\n"));
      for (const row of serialiseVault(merged).split("\n")) expect(known).toContain(row);
    }
    expect(open(mergeTokens(b, o, t) as Vault)).toBe(text(result));
  });

  it.each([
    ["two edits of one name", "A=1 B=1", "A=2 B=1", "A=3 B=1"],
    ["an edit and a removal", "A=1 B=1", "A=2 B=1", "B=1"],
    ["additions at one place", "A=1 B=1", "A=1 N=1 B=1", "A=1 M=1 B=1"],
    ["additions at the end", "A=1", "A=1 N=1", "A=1 M=1"],
    ["an addition before a name that the other edits", "A=1 B=1", "A=1 N=1 B=1", "A=1 B=2"],
    ["an addition behind the last name, which the other removes", "A=1 B=1", "A=1 B=1 N=1", "A=1"],
    ["removals side by side", "A=1 B=1 C=1 D=1", "A=1 C=1 D=1", "A=1 B=1 D=1"],
    ["one name made public in two places", "A=1 P=1 C=1", "P=1 A=1 C=1", "A=1 C=1 P=1"],
  ])("is none for %s", (_, base, ours, theirs) => {
    const [b, o, t] = [base, ours, theirs].map((lines) => seal(text(lines))) as [Vault, Vault, Vault];
    expect(mergeTokens(b, o, t)).toBeNull();
    expect(mergeTokens(b, t, o)).toBeNull();
  });

  it("takes line ends and final newline from the side that changed them; from neither where both did, differently", () => {
    const [plain, bare, bom] = [seal("A=1\nB=1\n"), seal("A=1\nB=1"), seal("\uFEFFA=1\nB=1\n")];
    for (const changed of [bare, bom]) {
      expect(open(mergeTokens(plain, changed, seal("A=2\nB=1\n")) as Vault)).toBe(open(changed).replace("A=1", "A=2"));
      expect(open(mergeTokens(plain, seal("A=2\nB=1\n"), changed) as Vault)).toBe(open(changed).replace("A=1", "A=2"));
      expect(open(mergeTokens(plain, changed, changed) as Vault)).toBe(open(changed));
    }
    expect(mergeTokens(plain, bare, bom)).toBeNull();
    expect(mergeTokens(plain, bom, bare)).toBeNull();
  });

  it("is none for vaults that are not the same one", () => {
    const [base, ours] = [seal("A=1\nB=1\n"), seal("A=2\nB=1\n")];
    const otherId = { ...seal("A=1\nB=2\n"), id: "A".repeat(16) };
    const otherEnvironment = { ...seal("A=1\nB=2\n"), environment: "staging" };
    expect(isSameVault(base, ours)).toBe(true);
    for (const other of [otherId, otherEnvironment, { ...otherId, environment: "staging" }]) {
      expect(isSameVault(base, other)).toBe(false);
      expect(mergeTokens(base, ours, other)).toBeNull();
      expect(mergeTokens(base, other, ours)).toBeNull();
      expect(mergeTokens(other, ours, base)).toBeNull();
    }
  });
});

describe("a vault that is woven of others", () => {
  const [one, two] = [seal("#x\nA=1\nB=1\nC=1\n"), seal("#y\nA=1\nB=2\nC=1\n")];
  const [comment, a, b, c] = one.lines as [Vault["lines"][0], Vault["lines"][0], Vault["lines"][0], Vault["lines"][0]];
  const lines = (...rows: Vault["lines"]): Vault => ({ ...one, lines: rows });

  it("has every token behind the assignment that it was sealed for; comments may stand anywhere", () => {
    for (const vault of [one, two]) expect(isWoven(vault, [one, two])).toBe(true);
    expect(isWoven(lines(a, two.lines[2] as typeof b, c), [one, two])).toBe(true);
    expect(isWoven(lines(a, b, c, comment, two.lines[0] as typeof b), [one, two])).toBe(true);
    expect(isWoven(lines(a, { kind: "blank", line: 9 }, b, c), [one, seal("A=1\n\nB=1\n")])).toBe(true);
  });

  it.each([
    ["an assignment that changed places", lines(a, c, b)],
    ["one in front of its neighbour", lines(b, a, c)],
    ["one that is missing", lines(a, c)],
    ["the first one missing", lines(b, c)],
    ["the last one missing, which the end line names", lines(a, b)],
    ["an assignment that no source has", lines(a, seal("A=1\nB=7\n").lines[1] as typeof b, c)],
    ["a comment that no source has", lines(seal("#z\nA=1\n").lines[0] as typeof b, a, b, c)],
    ["an end line that no source has", { ...one, end: seal("A=1\nB=1\nC=1").end }],
  ])("has not: %s", (_, vault) => {
    expect(isWoven(vault, [one, two])).toBe(false);
  });
});

describe("conflict markers around what differs", () => {
  const labels = { ours: "mine", theirs: "yours" };
  const marked = (ours: string, theirs: string, size = 3) =>
    withMarkers(ours.replaceAll(" ", "\n"), theirs.replaceAll(" ", "\n"), labels, size)
      .replaceAll(/([<>]+) /g, "$1")
      .replaceAll("\n", " ");

  it.each([
    ["nothing", "a b c", "a b c", "a b c"],
    ["a line in the middle", "a b c", "a x c", "a <<<mine b === x >>>yours c"],
    ["the first line", "a b", "x b", "<<<mine a === x >>>yours b"],
    ["the last line", "a b", "a x", "a <<<mine b === x >>>yours"],
    ["a line that theirs has not", "a b c", "a c", "a <<<mine b === >>>yours c"],
    ["a line that ours has not", "a c", "a b c", "a <<<mine === b >>>yours c"],
    ["a first line that ours has not", "b", "a b", "<<<mine === a >>>yours b"],
    ["a last line that theirs has not", "a b", "a", "a <<<mine b === >>>yours"],
    ["two places", "a b c d e", "a x c y e", "a <<<mine b === x >>>yours c <<<mine d === y >>>yours e"],
    ["everything", "a b", "x y z", "<<<mine a b === x y z >>>yours"],
  ])("%s", (_, ours, theirs, result) => {
    expect(marked(ours, theirs)).toBe(result);
  });

  it("are as long as git asks for", () => {
    expect(withMarkers("a\n", "b\n", labels, 9)).toBe(`${"<".repeat(9)} mine\na\n${"=".repeat(9)}\nb\n${">".repeat(9)} yours\n`);
  });
});
