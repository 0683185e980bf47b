import type { Keyring } from "../../core/keys/keyring.ts";
import { type Allowed, withoutAllowed } from "../../guard/allow.ts";
import type { Finding } from "../../guard/finding.ts";
import { now } from "../../system/clock.ts";

/** What is let through below a folder of the repository: `apps/web/`, or empty for all of it. */
export interface Confined extends Allowed {
  folder: string;
}

/** What the settings of the environments that were opened let through, and which of them did. */
export class LetThrough {
  readonly by = new Set<string>();
  private readonly own: readonly Confined[];

  /** @param folders what a project next to the one at hand may let findings through in: its people need not be that one's */
  constructor(keyrings: readonly Keyring[], folders: ReadonlyMap<Keyring, string>) {
    this.own = firstOfEach(keyrings).map((keyring) => ({
      folder: folders.get(keyring) ?? "",
      environment: keyring.environment,
      allow: keyring.settings.allow,
    }));
  }

  /** @param more entries that count, too */
  without(findings: readonly Finding[], more: readonly Confined[]): Finding[] {
    const today = () => now().slice(0, 10);
    let left = [...findings];
    for (const entry of [...this.own, ...more]) {
      const stays = left.filter((finding) => !finding.path.startsWith(entry.folder) || withoutAllowed([finding], entry, today).length > 0);
      if (stays.length < left.length) this.by.add(entry.environment);
      left = stays;
    }
    return left;
  }
}

/** Of an environment that other branches have otherwise, what is about to be recorded says what is let through. */
function firstOfEach(keyrings: readonly Keyring[]): Keyring[] {
  const known = new Set<string>();
  return keyrings.filter(({ manifest: { project }, environment }) => {
    const key = `${project} ${environment}`;
    return !known.has(key) && known.add(key);
  });
}
