import { basename, dirname } from "node:path";
import { fromUtf8 } from "../../core/bytes.ts";
import { classifyFile, EXAMPLE_NAME } from "../../core/names.ts";
import { type Document, liveAssignments, parseDocument } from "../../core/vault/document.ts";
import { parseVault, type Vault } from "../../core/vault/vault.ts";
import { isEnvsealError } from "../../errors.ts";
import { type BlobEntry, readBlobs } from "../../git/blobs.ts";
import type { Finding } from "../../guard/finding.ts";
import { mayHoldSecret } from "./comment-secrets.ts";
import { commentsOf } from "./comments.ts";
import { isProse, wordsOfNames } from "./prose.ts";

const MOST_LINES = 8;
/** Far more than any example has: what is larger is told of, and costs nothing. */
const MOST_BYTES = 256 * 1024;

export function namesOf(vault: Vault): string[] {
  return vault.lines.flatMap((line) => (line.kind === "assignment" ? [line.name] : []));
}

export function isSealedOrExample(path: string): boolean {
  return basename(path) === EXAMPLE_NAME || classifyFile(basename(path))?.kind === "vault";
}

interface Folder {
  example: BlobEntry | undefined;
  vaults: BlobEntry[];
}

/** Where an example and the vaults beside it do not have the same names, and comments in it that may hold secrets. Needs no key. @param touches only folders with one of these paths */
export async function exampleDrift(top: string, entries: readonly BlobEntry[], touches?: readonly string[]): Promise<Finding[]> {
  const folders = new Map<string, Folder>();
  for (const entry of entries) {
    const name = basename(entry.path);
    if (!isSealedOrExample(entry.path) || entry.mode === "120000") continue;
    const folder = folders.get(dirname(entry.path)) ?? { example: undefined, vaults: [] };
    if (name === EXAMPLE_NAME) folder.example = entry;
    else folder.vaults.push(entry);
    folders.set(dirname(entry.path), folder);
  }
  const touched = touches === undefined ? null : new Set(touches);
  const wanted = [...folders.values()].filter(
    ({ example, vaults }) =>
      example !== undefined && vaults.length > 0 && (touched === null || [example, ...vaults].some(({ path }) => touched.has(path))),
  );
  const contents = new Map<BlobEntry, Buffer>();
  const needed = wanted.flatMap(({ example, vaults }) => [example as BlobEntry, ...vaults]);
  await readBlobs(top, needed, (entry, content, { from, last }) => from === 0 && last && contents.set(entry, content), []);
  return wanted.flatMap((folder) => compare(folder as Folder & { example: BlobEntry }, contents));
}

function compare({ example, vaults }: Folder & { example: BlobEntry }, contents: ReadonlyMap<BlobEntry, Buffer>): Finding[] {
  const { path } = example;
  try {
    const bytes = contents.get(example);
    const texts = vaults.map((vault) => fromUtf8(contents.get(vault) ?? new Uint8Array(0)));
    if (bytes === undefined || texts.includes(null)) return [];
    const sealed = new Set(texts.flatMap((text) => namesOf(parseVault(text as string))));
    const { document } = parseDocument(bytes, path);
    const comments = bytes.length > MOST_BYTES ? [tooLarge(path)] : doubtfulComments(path, document, sealed);
    return [...differentNames(path, document, sealed), ...comments];
  } catch (error) {
    // A vault that cannot be read is another rule's finding, and an example that cannot says nothing.
    if (!isEnvsealError(error)) throw error;
    return [];
  }
}

function differentNames(path: string, document: Document, sealed: ReadonlySet<string>): Finding[] {
  const shown = liveAssignments(document);
  const present = new Set(shown.map(({ name }) => name));
  const missing = [...sealed].filter((name) => !present.has(name));
  const extra = shown.filter(({ name }) => !sealed.has(name));
  const warning = { rule: "example-drift", level: "warning", path } as const;
  const findings: Finding[] = [];
  if (missing.length > 0)
    findings.push({ ...warning, message: `${path} lacks ${missing.join(", ")}, which a vault beside it has`, fix: "envseal example" });
  if (extra.length > 0)
    findings.push({
      ...warning,
      line: extra[0]?.line,
      message: `${path} has ${extra.map(({ name }) => name).join(", ")}, which no vault beside it has`,
      fix: "envseal set NAME, or envseal example --prune",
    });
  return findings;
}

/** What people write there stays theirs: only a comment that `example` would leave out, and that may hold a secret, is told of. */
function doubtfulComments(path: string, document: Document, sealed: ReadonlySet<string>): Finding[] {
  const words = wordsOfNames(sealed);
  const lines = commentsOf(document)
    .filter(({ text, near, inline }) => !isProse(text, { words, near, inline }) && mayHoldSecret(text))
    .map(({ line }) => line);
  if (lines.length === 0) return [];
  const shown = lines.slice(0, MOST_LINES).join(", ");
  const more = lines.length > MOST_LINES ? ` and ${lines.length - MOST_LINES} more` : "";
  return [
    {
      rule: "example-comment",
      level: "warning",
      path,
      line: lines[0],
      message: `${path} has ${lines.length === 1 ? "a comment that may hold a secret, in line" : "comments that may hold secrets, in lines"} ${shown}${more}`,
      fix: "take out what is one, and change it at its provider",
    },
  ];
}

function tooLarge(path: string): Finding {
  return {
    rule: "example-comment",
    level: "warning",
    path,
    message: `${path} is larger than ${MOST_BYTES / 1024} KiB, and its comments were not looked at`,
    fix: "make it smaller: names, and what somebody has to know of them",
  };
}
