import type { Finding } from "./finding.ts";
import { formsOf } from "./forms.ts";
import { Matcher } from "./matcher.ts";
import { plainLine } from "./place.ts";
import { partsOf, weigh } from "./secret.ts";

/** One value to look for. `value` never leaves this layer. */
export interface Secret {
  name: string;
  /** The vault it stands or stood in. */
  vault: string;
  environment: string;
  /** The key version it was sealed under. */
  version: number;
  current: boolean;
  value: string;
}

interface Target {
  secret: Secret;
  encoding: string;
  blocks: boolean;
}

/** Looks for the project's own secret values, in all their forms, in whatever git is about to record. */
export class LeakSearch {
  private readonly matcher: Matcher;
  private readonly targets: Target[] = [];
  /** How many values are searched for. */
  readonly size: number;

  /** @param templates what `.env.example` and the like give each name: public, so never searched */
  constructor(secrets: readonly Secret[], templates: ReadonlyMap<string, string> = new Map()) {
    const needles: Buffer[] = [];
    const seen = new Set<string>();
    let size = 0;
    for (const secret of secrets) {
      const searched = [secret.value, ...partsOf(secret.value)].filter((value) => {
        const weight = weigh(secret.name, value, templates.get(secret.name));
        return weight !== null && !seen.has(value);
      });
      for (const value of searched) {
        seen.add(value);
        size++;
        const blocks = weigh(secret.name, value, templates.get(secret.name)) === "block" || value !== secret.value;
        for (const { encoding, bytes } of formsOf(value)) {
          needles.push(bytes);
          this.targets.push({ secret, encoding, blocks });
        }
      }
    }
    this.matcher = new Matcher(needles);
    this.size = size;
  }

  /** One finding for each secret and place; the first line of each. @param what `path`, or words for a message, tag or name */
  inspect(what: string, content: Uint8Array): Finding[] {
    const found = new Map<string, Finding>();
    for (const { needle, at } of this.matcher.search(content)) {
      const { secret, encoding, blocks } = this.targets[needle] as Target;
      const key = `${secret.vault}\0${secret.name}`;
      if (found.has(key)) continue;
      const where = plainLine(content, at);
      const age = secret.current ? `v${secret.version}` : `an earlier value, v${secret.version}`;
      found.set(key, {
        rule: "leak",
        level: blocks ? "error" : "warning",
        path: what,
        name: secret.name,
        line: where,
        message: `${what}${where === undefined ? "" : ` line ${where}`} holds the value of ${secret.name} (${secret.vault}, ${age})${encoding === "as it is" ? "" : `, ${encoding}`}`,
        fix: `take it out; read it from the environment instead. Where it was pushed already: change it at its provider, then envseal set ${secret.name}`,
      });
    }
    return [...found.values()];
  }
}
