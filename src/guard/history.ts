import type { Vault, VaultAssignment } from "../core/vault/vault.ts";
import { atVault } from "./at-vault.ts";
import type { Finding } from "./finding.ts";

/** name → its line, of a vault's assignments. */
export function linesOf(vault: Vault): Map<string, VaultAssignment> {
  return new Map(vault.lines.flatMap((row) => (row.kind === "assignment" ? [[row.name, row] as const] : [])));
}

/**
 * What a vault's new version takes back: tokens that stood in it earlier and not at the base (exact, since the same text in
 * the same place is the same token), and names that are gone (FORMAT.md section 2, what the chain does not say). A token that is
 * back cannot be told from one that somebody put back: the same value makes the same token, so a person has to say that it is meant.
 * @param earlier every token that any version before the base had
 */
export function inspectHistory(path: string, base: Vault, tip: Vault, earlier: ReadonlySet<string>): Finding[] {
  const [before, after] = [linesOf(base), linesOf(tip)];
  const back = [...after.values()].filter(({ name, token }) => before.get(name)?.token.text !== token.text && earlier.has(token.text));
  const gone = [...before.keys()].filter((name) => !after.has(name));
  return [
    ...back.map(({ name, shown }) => ({
      rule: "old-token" as const,
      // Everybody can read what a public value is set back to.
      ...(shown !== undefined && { level: "warning" as const }),
      path,
      name,
      message: `${path}: ${name} is back at a value that had been ${before.has(name) ? "replaced" : "removed"} earlier, by its very token`,
      fix: `if that is meant: envseal allow old-token --name ${name}${atVault(path, tip.environment)} --reason "why"; where CI has no key, that has to be on its target branch first. Else take the vault from the base again`,
    })),
    ...gone.map((name) => ({
      rule: "removed-name" as const,
      level: "warning" as const,
      path,
      name,
      message: `${path}: ${name} was removed`,
      fix: `if an app needs it, bring it back; names that must be there: envseal require ${name}${atVault(path, tip.environment)}`,
    })),
  ];
}
