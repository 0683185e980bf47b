import { readFileSync } from "node:fs";
import { basename, resolve } from "node:path";
import type { Context } from "../../../context.ts";
import { serialise } from "../../../core/vault/document.ts";
import { maskSealed } from "../../../core/vault/mask.ts";
import { openVault } from "../../../core/vault/open-vault.ts";
import { parseVault } from "../../../core/vault/vault.ts";
import { isEnvsealError } from "../../../errors.ts";
import { out } from "../../../ui/output.ts";
import { openProject } from "../../../workspace/project.ts";
import { openHistoryKeys } from "../keys.ts";

/** What git shows of a vault or manifest in a diff. Masked, unless asked for; what does not open is shown masked all the same. */
export async function run(context: Context): Promise<void> {
  const [path = ""] = context.args;
  const text = readFileSync(resolve(context.cwd, path), "utf8");
  const plain = context.flags.reveal === true ? revealed(text, context) : null;
  if (plain === null) out(maskSealed(text));
  else process.stdout.write(plain);
}

/** git hands over a file of its own, so only the header says which vault it is. */
function revealed(text: string, context: Context): Uint8Array | null {
  try {
    const vault = parseVault(text, basename(context.args[0] ?? ""));
    const keys = openHistoryKeys(openProject(context), vault.environment, context);
    return keys === null ? null : serialise(openVault(vault, keys.of(vault.id)).document);
  } catch (error) {
    if (isEnvsealError(error)) return null;
    throw error;
  }
}
