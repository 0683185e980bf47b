import type { Vault } from "../core/vault.ts";
import type { Finding } from "./finding.ts";

/** name → its token, of a vault's assignments. */
export function tokensOf(vault: Vault): Map<string, string> {
  return new Map(vault.lines.flatMap((row) => (row.kind === "assignment" ? [[row.name, row.token.text] as const] : [])));
}

/** Every name of it is gone with it. */
export function removedVault(path: string, vault: Vault): Finding {
  const names = [...tokensOf(vault).keys()].join(", ");
  return {
    rule: "removed-name",
    level: "warning",
    path,
    message: `${path} was removed${names === "" ? "" : `, with ${names}`}`,
    fix: "if an app needs it, bring it back; if it is gone for good, delete its entry from envseal.json",
  };
}

/**
 * What a vault's new version takes back: tokens that stood in it earlier and not at the base (exact, since the same text in
 * the same place is the same token), and names that are gone (FORMAT.md section 2, what the chain does not say).
 * @param earlier every token that any version before the base had
 */
export function inspectHistory(path: string, base: Vault, tip: Vault, earlier: ReadonlySet<string>): Finding[] {
  const [before, after] = [tokensOf(base), tokensOf(tip)];
  const back = [...after].filter(([name, token]) => before.get(name) !== token && earlier.has(token));
  const gone = [...before.keys()].filter((name) => !after.has(name));
  return [
    ...back.map(([name]) => ({
      rule: "old-token" as const,
      path,
      name,
      message: `${path}: ${name} is back at a value that had been ${before.has(name) ? "replaced" : "removed"} earlier, by its very token`,
      fix: `if that is meant, set it anew: envseal set ${name}; else take the vault from the base again`,
    })),
    ...gone.map((name) => ({
      rule: "removed-name" as const,
      level: "warning" as const,
      path,
      name,
      message: `${path}: ${name} was removed`,
      fix: `if an app needs it, bring it back; names that must be there: envseal require ${name}`,
    })),
  ];
}
