import { describe, expect, it } from "vitest";
import { fingerprint } from "../../src/age/fingerprint.ts";
import { recipientOf } from "../../src/age/keys.ts";
import { accessProblem } from "../../src/core/authority/access-entry.ts";
import { type AuthorityStatement, pinOfDigest } from "../../src/core/authority/authority.ts";
import { authorityOf, headOf } from "../../src/core/authority/authority-of.ts";
import { type EnvironmentStatement, environmentProblem } from "../../src/core/authority/environment-statement.ts";
import { digestOf, signatureHolds, signedBytes, signerOf, signingSeed } from "../../src/core/authority/statement.ts";
import { trust } from "../../src/core/authority/trust.ts";
import { b64u } from "../../src/core/bytes.ts";
import { parseManifest } from "../../src/core/manifest/manifest-text.ts";
import { manifest, type StatementVector } from "./manifest.ts";
import { hex, id, read, unhex } from "./read.ts";

interface AuthorityFile {
  project: string;
  people: { name: string; identity?: string; seed?: string; recipient: string; signer?: string; fingerprint: string }[];
  statements: (StatementVector & { pin: string })[];
  lists: { about: string; authority: AuthorityStatement[]; trusted: string | null; outcome: "good" | "malformed" | "forged" | "another" }[];
  environments: { about: string; environment: string; outcome: string; statement: EnvironmentStatement }[];
  entries: { about: string; outcome: string; name: string; entry: Parameters<typeof accessProblem>[4] }[];
}

const { project, people, statements, lists, environments, entries } = read<AuthorityFile>("authority.json");
const CODES = { malformed: "MALFORMED_MANIFEST", forged: "FORGED_MANIFEST", another: "PIN_MISMATCH" };

describe("authority.json", () => {
  it.each(people.map((person) => [person.name, person] as const))("what follows from the identity of %s", (_, person) => {
    expect(fingerprint(person)).toBe(person.fingerprint);
    if (person.identity === undefined) return;
    const seed = signingSeed(unhex(person.identity), project);
    expect({ ...person, recipient: recipientOf(unhex(person.identity)), seed: hex(seed), signer: signerOf(seed) }).toEqual(person);
  });

  it("has one signer for every spelling of an identity", () => {
    const [alice, respelt] = people.filter(({ name }) => name.startsWith("alice"));
    expect(alice?.identity).not.toBe(respelt?.identity);
    expect([alice?.recipient, alice?.signer]).toEqual([respelt?.recipient, respelt?.signer]);
  });

  it.each(statements.map((vector) => [vector.about, vector] as const))("the statement: %s", (_, vector) => {
    const members = JSON.parse(vector.canonical) as object;
    const bytes = signedBytes("authority", { project, environment: "" }, members);
    const digest = digestOf(bytes);
    expect([hex(bytes), hex(id(digest.slice("sha256:".length)))]).toEqual([vector.signed, vector.digest]);
    expect(hex(pinOfDigest(digest))).toBe(vector.pin);
    expect(authorityOf(manifest).contains(digest)).toBe(true);
    const signer = people.find(({ name }) => name === vector.name)?.signer as string;
    expect(signatureHolds(signer, bytes, vector.signature)).toBe(true);
  });

  it.each(lists.map((vector) => [vector.about, vector] as const))("the list: %s", (_, { authority, trusted, outcome }) => {
    const text = JSON.stringify({ envseal: 1, project, authority, recipients: {}, environments: {}, vaults: {} });
    const read = () => trust(parseManifest(text), { pins: trusted === null ? [] : [id(trusted)], seen: null });
    if (outcome === "good") expect(read()).toBe(trusted === null ? "first" : trusted === pinOf(authority) ? "match" : "newer");
    else expect(read).toThrow(expect.objectContaining({ code: CODES[outcome] }));
  });

  it.each(environments.map((vector) => [vector.about, vector] as const))("a statement %s", (_, { environment, statement, outcome }) => {
    expect(environmentProblem(headOf(manifest), { project, environment }, statement) ?? "good").toBe(outcome);
  });

  it.each(entries.map((vector) => [vector.about, vector] as const))("an access entry %s", (_, { name, entry, outcome }) => {
    expect(accessProblem(headOf(manifest), { project, environment: "production" }, 5, name, entry) ?? "good").toBe(outcome);
  });
});

function pinOf(authority: AuthorityStatement[]): string {
  const { headDigest } = authorityOf({ ...manifest, authority });
  return b64u(pinOfDigest(headDigest));
}
