import { basename, dirname } from "node:path";
import { fromUtf8 } from "../core/bytes.ts";
import { liveAssignments, parseDocument } from "../core/document.ts";
import { classifyFile } from "../core/names.ts";
import { parseVault, type Vault } from "../core/vault.ts";
import { isEnvsealError } from "../errors.ts";
import { type BlobEntry, readBlobs } from "../git/blobs.ts";
import type { Finding } from "../guard/finding.ts";
import { EXAMPLE_NAME } from "./example.ts";

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

/** Where an example and the vaults beside it do not have the same names. Needs no key. @param touches only folders with one of these paths */
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
    const shown = liveAssignments(parseDocument(bytes, path).document);
    const present = new Set(shown.map(({ name }) => name));
    const missing = [...sealed].filter((name) => !present.has(name));
    const extra = shown.filter(({ name }) => !sealed.has(name));
    const warn = (message: string, fix: string, line?: number): Finding => ({
      rule: "example-drift",
      level: "warning",
      path,
      message,
      fix,
      ...(line !== undefined && { line }),
    });
    return [
      ...(missing.length === 0 ? [] : [warn(`${path} lacks ${missing.join(", ")}, which a vault beside it has`, "envseal example")]),
      ...(extra.length === 0
        ? []
        : [
            warn(
              `${path} has ${extra.map(({ name }) => name).join(", ")}, which no vault beside it has`,
              "envseal set NAME, or envseal example --prune",
              extra[0]?.line,
            ),
          ]),
    ];
  } catch (error) {
    // A vault that cannot be read is another rule's finding, and an example that cannot says nothing.
    if (!isEnvsealError(error)) throw error;
    return [];
  }
}
