import { parseAssignment } from "../core/assignment.ts";
import type { RowOpener } from "../core/vault-diff.ts";
import { RowTable, type Sheet } from "../core/vault-rows.ts";
import { readBlobs } from "../git/blobs.ts";
import { blobsEver, VAULT_FILES } from "../git/objects.ts";
import { SheetReader } from "./sheet-reader.ts";

/**
 * Value → an exposed key that it stood under, in any vault of the environment that any ref or stash reaches: vaults that are
 * gone, branches that were given up, assignments that were commented out. Somebody could read those all the same.
 * @throws GIT
 */
export async function knownAnywhere(
  folder: string,
  environment: string,
  exposed: ReadonlySet<string>,
  opener: RowOpener,
): Promise<Map<string, string>> {
  const known = new Map<string, string>();
  const table = new RowTable();
  const reader = new SheetReader(table);
  let last: Sheet | null = null;
  await readBlobs(folder, blobsEver(folder, VAULT_FILES), (_entry, content) => {
    const sheet = reader.read(content);
    if (sheet.environment !== environment) return;
    const { after, comments } = table.changes(last?.id === sheet.id ? last : null, sheet);
    last = sheet;
    for (const row of after.values()) {
      if (!exposed.has(row.token.keyId)) continue;
      const opened = opener.assignment(sheet, row);
      if (!("problem" in opened)) known.set(opened.value, row.token.keyId);
    }
    for (const token of comments.after) {
      if (!exposed.has(token.keyId)) continue;
      const parsed = parseAssignment((opener.comment(sheet, token) ?? "").replace(/^[\s#]+/, ""));
      if (parsed !== null) known.set(parsed.value, token.keyId);
    }
  });
  return known;
}
