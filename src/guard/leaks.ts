import { classifyFile } from "../core/names.ts";
import { shellWord } from "../printable.ts";
import type { Templates } from "../project/templates.ts";
import { AS_IT_IS, formsOf, isPlain, LATIN1 } from "./encodings.ts";
import { blocks, type Finding } from "./finding.ts";
import { innerOf } from "./inner.ts";
import { type Match, Matcher } from "./matcher.ts";
import { showsAmongWords } from "./plain-messages.ts";
import { linesOfKey, partsOf, weigh } from "./secret-likelihood.ts";
import { type Sight, sightOf } from "./sight.ts";

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

/** A value that is worth a search: a secret, or a part of one. */
interface Value {
  secret: Secret;
  value: string;
  blocks: boolean;
  /** True for what the value says, and not as it is written. */
  isPart?: boolean;
}

interface Target extends Pick<Value, "secret" | "blocks" | "isPart"> {
  encoding: string;
}

/** What is looked for in one go. */
interface Engine {
  matcher: Matcher;
  /** By the matcher's needles. */
  targets: Targets;
  /** True where each would show in a text of plain words. */
  showsAmongWords: boolean;
}

/** Of a longer text it is not asked whether it is plain. */
const SHORT = 16 << 10;

/** Looks for the project's own secret values, in all their forms, in whatever git is about to record. */
export class LeakSearch {
  private readonly values: Value[];
  /** Made when there is something to search: a message or a name needs a tenth of the forms, and making them all takes longer. */
  private forPlain: Engine | null = null;
  private forAll: Engine | null = null;

  /**
   * @param templates what `.env.example` and the like give each name: public, where it looks it
   * @param recorded those that were there before what is looked at: none of them was pasted just now. Asked for where it matters
   */
  constructor(secrets: readonly Secret[], templates: Templates = new Map(), recorded: () => Templates = () => new Map()) {
    const found = new Map<string, Value>();
    const partsIn = (given: Templates, name: string) => new Set(given.get(name)?.flatMap((value) => withInner(name, value.trim())));
    for (const secret of secrets) {
      // White space around it (a line end, mostly) is often lost where it is used.
      const whole = secret.value.trim();
      const given = partsIn(templates, secret.name);
      let isOlder: Set<string> | null = null;
      const isOldGiven = (value: string) => {
        isOlder ??= partsIn(recorded(), secret.name);
        return isOlder.has(value);
      };
      for (const value of withParts(whole)) {
        const known = found.get(value);
        const isGiven = given.has(value);
        // The password of a URL is one, whatever the URL is called.
        const name = value === whole ? secret.name : "PASSWORD";
        const weight = known?.blocks === true ? null : weigh(name, value, isGiven);
        if (weight === null) continue;
        const isOld = isGiven && weight === "block" && isOldGiven(value);
        const stops = (weight === "block" && !isOld) || (value !== whole && !isGiven);
        // Of several names that have it, the one under which it weighs most is told.
        if (stops || known === undefined) found.set(value, { secret, value, blocks: stops });
      }
      // Of what a value says in other words, that alone counts which would stop if it stood by itself.
      for (const { name, value } of innerOf(secret.name, whole)) {
        if (found.get(value)?.blocks === true || weigh(name, value, given.has(value)) !== "block") continue;
        found.set(value, { secret, value, blocks: !given.has(value) || !isOldGiven(value), isPart: true });
      }
    }
    this.values = [...found.values()];
  }

  /** How many values are searched for. */
  get size(): number {
    return this.values.length;
  }

  /** Of bytes in the longest value. */
  get longest(): number {
    return this.values.reduce((most, { value }) => Math.max(most, Buffer.byteLength(value)), 0);
  }

  /** What the values are as bytes, one letter each: what views are made for. */
  get bytes(): string[] {
    return this.values.flatMap(({ value }) => [Buffer.from(value).toString("latin1"), ...(LATIN1.test(value) ? [value] : [])]);
  }

  /** One finding for each secret and place: the first that blocks, or else the first. @param what `path`, or words for a message, tag or name */
  inspect(what: string, content: Buffer): Finding[] {
    const found = new Map<string, Finding>();
    this.look(what, sightOf(content), found);
    return [...found.values()];
  }

  /** @param found what other sights of the same place showed, by secret; what this one does is added */
  look(what: string, sight: Sight, found: Map<string, Finding>): void {
    const { matcher, targets } = this.engineFor(sight.text);
    for (const match of matcher.search(sight.text)) {
      const target = targets.at(match.needle);
      const key = `${target.secret.vault}\0${target.secret.name}`;
      const known = found.get(key);
      if (known === undefined || (target.blocks && !blocks(known))) found.set(key, leak(what, sight, match, target));
    }
  }

  /** True where `inspect` would find nothing, whatever part of the content it were given. */
  isClean(content: Buffer): boolean {
    this.forAll ??= engine(this.values, false);
    return this.forAll.matcher.search(content).length === 0;
  }

  /** True where a text of plain words holds no value, in any form. */
  get showsAmongWords(): boolean {
    this.forPlain ??= engine(this.values, true);
    return this.forPlain.showsAmongWords;
  }

  private engineFor(content: Buffer): Engine {
    if (this.forAll === null && content.length <= SHORT && isPlain(content)) {
      this.forPlain ??= engine(this.values, true);
      return this.forPlain;
    }
    this.forAll ??= engine(this.values, false);
    return this.forAll;
  }
}

const withParts = (value: string): string[] => [value, ...partsOf(value), ...linesOfKey(value)];
const withInner = (name: string, value: string): string[] => [...withParts(value), ...innerOf(name, value).map((inner) => inner.value)];

function engine(values: readonly Value[], plain: boolean): Engine {
  const targets = new Targets(values);
  let shows = true;
  // One after the other: all forms of all values take more memory than the values themselves, ten times and more.
  function* needles(): Generator<string> {
    for (let index = 0; index < values.length; index++)
      for (const { encoding, bytes } of formsOf((values[index] as Value).value, plain)) {
        targets.add(index, encoding);
        shows &&= showsAmongWords(bytes);
        yield bytes;
      }
  }
  const matcher = new Matcher(needles());
  return { matcher, targets, showsAmongWords: shows };
}

/** What each needle is: in lists of numbers and of shared strings, as there may be a million of them. */
class Targets {
  private readonly values: readonly Value[];
  private readonly owners: number[] = [];
  private readonly encodings: string[] = [];

  constructor(values: readonly Value[]) {
    this.values = values;
  }

  add(value: number, encoding: string): void {
    this.owners.push(value);
    this.encodings.push(encoding);
  }

  at(needle: number): Target {
    const { secret, blocks, isPart } = this.values[this.owners[needle] as number] as Value;
    return { secret, blocks, ...(isPart === true && { isPart }), encoding: this.encodings[needle] as string };
  }
}

function leak(what: string, sight: Sight, { at }: Match, { secret, encoding, blocks, isPart }: Target): Finding {
  const where = sight.line(at);
  const age = secret.current ? `v${secret.version}` : `an earlier value, v${secret.version}`;
  const encodings = [encoding, sight.encoding].filter((each) => each !== AS_IT_IS);
  return {
    rule: "leak",
    level: blocks ? "error" : "warning",
    path: what,
    name: secret.name,
    environment: secret.environment,
    line: where,
    message: `${what}${where === undefined ? "" : ` line ${where}`} holds ${isPart === true ? "part of " : ""}the value of ${secret.name} (${secret.vault}, ${age})${encodings.length === 0 ? "" : `, ${encodings.join(" in ")}`}`,
    fix: `take it out; read it from the environment instead. Where it was pushed already: change it at its provider, then ${setting(secret)}`,
  };
}

/** The command that gives it another value in the vault it stands in: the same name may be in several. */
function setting({ name, vault }: Secret): string {
  const file = classifyFile(vault);
  if (file?.kind !== "vault") return `envseal set ${name} -f ${shellWord(vault)}`;
  return `envseal set ${name}${file.environment === "default" ? "" : ` -e ${file.environment}`}`;
}
