import { describe, expect, it } from "vitest";
import { unb64u } from "../../../src/core/bytes.ts";
import {
  allPlacesOf,
  Budget,
  behindEach,
  type Candidate,
  describeOrigin,
  findOrigin,
  inBothKinds,
  namesOf,
  placesOf,
} from "../../../src/core/vault/origin.ts";
import { encodeFlags, encodeLine, KIND, type Place, sealToken, type Token } from "../../../src/core/vault/token.ts";
import { parseVault } from "../../../src/core/vault/vault.ts";
import type { VaultKey } from "../../../src/core/vaultkey.ts";
import { idOf, Ring } from "../../support/keyring-builder.ts";
import { tokenByHand } from "../../support/tokens.ts";
import { MemoryProject } from "../../support/vaults.ts";

const project = new MemoryProject();
const key = project.keyring.vaultKey(project.keyring.active.keyId, idOf(1));
const since = unb64u(key.keyId) as Uint8Array;
const vault = parseVault(project.seal(Buffer.from("# c\nA=1\nB=2\nC=3\n"), { isPublic: (name) => name === "B" }));
const names = namesOf(vault);
const secret = (name: string, previous: string): Place => ({ kind: KIND.secret, name, previous });
const END: Place = { kind: KIND.end, name: "", previous: "C" };
const COMMENT: Place = { kind: KIND.comment, name: "", previous: "" };
const sealed = (place: Place, under: VaultKey = key) =>
  place.kind === KIND.end
    ? sealToken(under, place, encodeFlags({ bom: false, eol: 1, finalNewline: true }))
    : sealToken(
        under,
        place,
        encodeLine({ since: place.kind === KIND.comment ? new Uint8Array(6) : since, end: 0, raw: `${place.name}=1` }),
      );

function* under(places: Iterable<Place>, one: VaultKey = key, elsewhere: string | null = null): Generator<Candidate> {
  for (const place of places) yield { key: one, place, elsewhere };
}

const told = (token: Token, place: Place, candidates: Iterable<Candidate>) => {
  const found = findOrigin(token, candidates, new Budget());
  return found === null ? null : describeOrigin({ vault, place, token, where: "v line 9" }, found);
};

describe("the origin of a token that does not open where it stands", () => {
  it.each<[string, Place, Place, string]>([
    ["another name of the vault", secret("A", ""), { ...secret("B", "A"), kind: KIND.public }, "the token of A was sealed as B"],
    ["another neighbour", secret("C", "A"), secret("C", "B"), "C was sealed after B: assignments before it were added, removed or moved"],
    [
      "the first place",
      secret("C", "B"),
      secret("C", ""),
      "C was sealed as the first assignment: assignments before it were added, removed or moved",
    ],
    ["the other kind", { ...secret("C", "B"), kind: KIND.public }, secret("C", "B"), "C was sealed as a secret and is shown as public"],
    [
      "the other kind back",
      secret("B", "A"),
      { ...secret("B", "A"), kind: KIND.public },
      "B was sealed as public and is shown as a secret",
    ],
    ["the end line", secret("C", "B"), END, "the token of C was sealed as the end line"],
    ["a comment", secret("C", "B"), COMMENT, "the token of C was sealed as a comment"],
    ["a value, as a comment", COMMENT, secret("C", "B"), "the token of a comment was sealed as C"],
    ["a value, at the end", END, secret("A", ""), "the token of the end line was sealed as A"],
    ["a comment, at the end", END, COMMENT, "the token of the end line was sealed as a comment"],
    [
      "the end, after another line",
      { ...END, previous: "B" },
      END,
      "the end line was sealed after C: assignments before it were added, removed or moved",
    ],
  ])("is %s", (_, stands, from, message) => {
    const places = [...inBothKinds(stands), ...behindEach(stands, names), ...placesOf(vault)];
    expect(told(sealed(from), stands, under(places))).toBe(`v line 9: ${message}`);
  });

  it("is another vault, or another key than it claims", () => {
    const other = project.keyring.vaultKey(key.keyId, idOf(2));
    const [here, web] = [secret("A", ""), "web/.env.vault"];
    expect(told(sealed(here, other), here, under([here], other, web))).toBe(`v line 9: the token of A was sealed for ${web}`);
    expect(told(sealed(secret("B", "A"), other), here, under([secret("B", "A")], other, web))).toBe(
      `v line 9: the token of A was sealed as B for ${web}`,
    );
    const old = sealed(here);
    const ring = Ring.start().rotate(2).keyring;
    const newer = ring.vaultKey(ring.active.keyId, idOf(1));
    const claims = { ...old, text: old.text.replace(`v1.${key.keyId}`, `v2.${newer.keyId}`), keyId: newer.keyId, version: 2 };
    expect(told(claims, here, under([here], newer))).toBeNull();
    expect(told(claims, here, under([here], key))).toBe(
      `v line 9: the token of A was sealed under v1 (${key.keyId}), and it claims v2 (${newer.keyId})`,
    );
  });

  it("is nothing that does not authenticate, with tag and nonce", () => {
    const place = secret("B", "A");
    const good = sealed(place);
    const all = () => under([...placesOf(vault), ...allPlacesOf(names)]);
    expect(told(good, secret("A", ""), all())).not.toBeNull();
    for (let at = good.bodyAt; at < good.text.length - 1; at += 7) {
      const text = good.text.slice(0, at) + (good.text[at] === "A" ? "B" : "A") + good.text.slice(at + 1);
      expect(findOrigin({ ...good, text }, all(), new Budget())).toBeNull();
    }
    const foreign = tokenByHand(key, place, encodeLine({ since, end: 0, raw: "B=2" }), new Uint8Array(12).fill(7));
    expect(findOrigin(foreign, all(), new Budget())).toBeNull();
  });

  it("is looked for 4,096 times, and in 64 MiB", () => {
    const token = sealed(secret("Z", "Y"));
    let asked = 0;
    function* endless(): Generator<Candidate> {
      for (;;) {
        asked++;
        yield { key, place: secret("A", ""), elsewhere: null };
      }
    }
    expect(findOrigin(token, endless(), new Budget())).toBeNull();
    expect(asked).toBe(4097);
    asked = 0;
    // A token of 8 MiB, which a vault's row cannot even hold.
    expect(findOrigin({ ...token, text: token.text.padEnd(8 << 20, "A") }, endless(), new Budget())).toBeNull();
    expect(asked).toBe(9);
    const budget = new Budget();
    expect([budget.spend(64 << 20, 0), budget.spend(0, 4096), budget.spend(0)]).toEqual([true, true, false]);
    expect(new Budget().spend((64 << 20) + 1, 0)).toBe(false);
  });

  it("has the places of a vault each once, and a comment none but its own", () => {
    expect([...placesOf(vault)].length).toBe(1 + 2 * 3 + 4);
    expect([...behindEach(COMMENT, names)]).toEqual([]);
    expect([...behindEach(END, names)].map(({ previous }) => previous)).toEqual(["", "A", "B", "C"]);
    expect([...allPlacesOf(names)].length).toBe(3 * 4 * 2);
  });
});
