import { EnvsealError } from "../../errors.ts";
import { b64u, unb64u } from "../bytes.ts";
import { digestOf, onlySignature, type Signatures, signatureHolds, signedBytes } from "./statement.ts";

/** FORMAT.md section 3, Authority: the signed list of who is what and which environments exist. */
export interface AuthorityStatement {
  /** 1 for the first, then one more than the highest of the statements it names. */
  revision: number;
  /** Digests of the statements this one replaces: none for the first, two where branches meet. */
  previous: string[];
  admins: Record<string, { recipient: string; signer: string }>;
  groups?: Record<string, string[]>;
  rotators: Record<string, { signer: string; environments: string[] }>;
  environments: Record<string, { lowest: number; extends?: string }>;
  gone?: Record<string, { revision: number; became?: string }>;
  signatures: Signatures;
}

/** A listed statement with its digest and what was signed. */
interface Listed {
  statement: AuthorityStatement;
  digest: string;
  signed: Uint8Array;
}

const PIN_BYTES = 16;
const HINT = "compare envseal.json with its history (git log -p envseal.json) and take the last good one";

/** The pin of a statement: the first 16 bytes of its digest. */
export function pinOfDigest(digest: string): Uint8Array {
  return (unb64u(digest.slice("sha256:".length)) as Uint8Array).subarray(0, PIN_BYTES);
}

/**
 * The authority as a manifest lists it. Its form is checked when it is made: sorted, one first statement, one head, every
 * statement leads to it. Who signed is checked by `verifyFrom`, from a statement that is trusted already.
 */
export class Authority {
  readonly project: string;
  /** The statement in force. */
  readonly head: AuthorityStatement;
  readonly headDigest: string;
  private readonly listed: readonly Listed[];
  private readonly byDigest: ReadonlyMap<string, Listed>;
  private pins: ReadonlyMap<string, string> | null = null;
  private readonly problems = new Map<string, string | null>();

  /** @throws MALFORMED_MANIFEST for a list that is not one history with one head */
  constructor(project: string, statements: readonly AuthorityStatement[]) {
    this.project = project;
    this.listed = statements.map((statement) => {
      const signed = signedBytes("authority", { project, environment: "" }, statement);
      return { statement, digest: digestOf(signed), signed };
    });
    this.byDigest = new Map(this.listed.map((one) => [one.digest, one]));
    const problem = this.formProblem();
    if (problem !== null) throw new EnvsealError("MALFORMED_MANIFEST", `the authority ${problem}`, { hint: HINT });
    const head = this.listed.at(-1) as Listed;
    this.head = head.statement;
    this.headDigest = head.digest;
  }

  /** Every statement, oldest first. */
  get statements(): AuthorityStatement[] {
    return this.listed.map(({ statement }) => statement);
  }

  /** Every digest, in the same order. */
  get digests(): string[] {
    return this.listed.map(({ digest }) => digest);
  }

  /** The statement with this digest, which the list contains. */
  statement(digest: string): AuthorityStatement {
    return (this.byDigest.get(digest) as Listed).statement;
  }

  /** True if the statement is the head or an earlier one: with one head, that is every listed one. */
  contains(digest: string): boolean {
    return this.byDigest.has(digest);
  }

  /** The digest that a pin (16 bytes) stands for, if the list holds it. */
  findPin(pin: Uint8Array): string | undefined {
    this.pins ??= new Map(this.digests.map((digest) => [b64u(pinOfDigest(digest)), digest]).reverse() as [string, string][]);
    return this.pins.get(b64u(pin));
  }

  /** The statement and all before it. */
  withAncestors(digest: string): Set<string> {
    const seen = new Set([digest]);
    for (const one of seen) for (const previous of this.statement(one).previous) seen.add(previous);
    return seen;
  }

  /**
   * Checks every statement that is neither the trusted one nor before it: its signature, by an admin of each statement it
   * names, and that it takes nothing back. The trusted statement names what came before by digest.
   * @throws FORGED_MANIFEST
   */
  verifyFrom(trusted: string): void {
    const known = this.problems.get(trusted);
    const problem = known === undefined ? this.problemFrom(trusted) : known;
    this.problems.set(trusted, problem);
    if (problem !== null) throw new EnvsealError("FORGED_MANIFEST", problem, { hint: HINT });
  }

  private problemFrom(trusted: string): string | null {
    const before = this.withAncestors(trusted);
    for (const one of this.listed) {
      const problem = before.has(one.digest) ? null : this.stepProblem(one);
      if (problem !== null) return `revision ${one.statement.revision} of the authority ${problem}${this.claimOf(one)}`;
    }
    return null;
  }

  /** Checks every statement, the first one too, which must be signed by one of its own admins. @throws FORGED_MANIFEST */
  verifyWhole(): void {
    const [first] = this.listed as [Listed];
    const signature = onlySignature(first.statement);
    const signer = signature && ownMember(first.statement.admins, signature.name)?.signer;
    if (!signature || signer == null || !signatureHolds(signer, first.signed, signature.signature)) {
      throw new EnvsealError("FORGED_MANIFEST", "the first revision of the authority is not signed by one of its admins", { hint: HINT });
    }
    this.verifyFrom(first.digest);
  }

  private formProblem(): string | null {
    if (this.listed.length === 0) return "has no statement";
    if (this.byDigest.size !== this.listed.length) return "lists a statement twice";
    const named = new Set<string>();
    for (const [index, { statement, digest }] of this.listed.entries()) {
      const last = this.listed[index - 1];
      if (last !== undefined && !isAfter(statement.revision, digest, last)) return "is not sorted by revision and digest";
      if ((statement.previous.length === 0) !== (index === 0)) return "has not exactly one first statement";
      let highest = 0;
      for (const previous of statement.previous) {
        const earlier = this.byDigest.get(previous);
        if (earlier === undefined) return "names a statement that is not listed";
        highest = Math.max(highest, earlier.statement.revision);
        named.add(previous);
      }
      if (statement.revision !== highest + 1) return "has a revision that does not follow the one before it";
    }
    return named.size === this.listed.length - 1 ? null : "has two heads: two branches changed it";
  }

  /** Who would have a role by a statement that does not count: whom a reviewer has to know of. */
  private claimOf({ statement }: Listed): string {
    const before = statement.previous.map((previous) => this.statement(previous));
    const without = (role: "admins" | "rotators") =>
      Object.keys(statement[role]).filter((name) => before.some((earlier) => ownMember<object>(earlier[role], name) === undefined));
    const claims = [...without("admins").map((name) => `${name} an admin`), ...without("rotators").map((name) => `${name} a rotator`)];
    return claims.length === 0 ? "" : `, and would make ${claims.join(" and ")}`;
  }

  /** What forbids the step from the statements that `one` names, or null. */
  private stepProblem({ statement, signed }: Listed): string | null {
    const signature = onlySignature(statement);
    if (signature === null) return "has not exactly one signature";
    for (const previous of statement.previous) {
      const earlier = this.statement(previous);
      const signer = ownMember(earlier.admins, signature.name)?.signer;
      if (signer === undefined) return `is signed by ${signature.name}, who was no admin`;
      if (!signatureHolds(signer, signed, signature.signature)) return `is not signed by ${signature.name}`;
      const problem = takesBack(earlier, statement);
      if (problem !== null) return problem;
    }
    return null;
  }
}

function isAfter(revision: number, digest: string, last: Listed): boolean {
  return revision === last.statement.revision ? digest > last.digest : revision > last.statement.revision;
}

/** Nothing that was once below `lowest` may count again: not by a lower number, nor by removing and adding. */
function takesBack(earlier: AuthorityStatement, later: AuthorityStatement): string | null {
  for (const [name, { lowest }] of Object.entries(earlier.environments)) {
    const now = ownMember(later.environments, name)?.lowest ?? ownMember(later.gone ?? {}, name)?.revision;
    if (now === undefined) return `drops ${name} without recording that it is gone`;
    if (now < lowest) return `lowers what counts of ${name}`;
  }
  for (const [name, { revision }] of Object.entries(earlier.gone ?? {})) {
    const now = ownMember(later.environments, name)?.lowest ?? 0;
    const still = ownMember(later.gone ?? {}, name)?.revision ?? 0;
    if (now <= revision && still < revision) return `brings back ${name} as it was`;
  }
  return null;
}

/** A member of a record that may be called `toString`. */
export function ownMember<T>(record: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}
