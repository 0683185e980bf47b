import { gcm } from "@noble/ciphers/aes.js";
import { pbkdf2 } from "@noble/hashes/pbkdf2.js";
import { scrypt } from "@noble/hashes/scrypt.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { describe, expect, it } from "vitest";
import { recipientOf } from "../../src/age/keys.ts";
import { concat, lp, unb64u, utf8 } from "../../src/core/bytes.ts";
import { type Held, openIdentity, type PassphraseCustody, sealIdentity } from "../../src/custody/passphrase.ts";
import { EnvsealError } from "../../src/errors.ts";

const identity = new Uint8Array(32).fill(7);
/** The pin goes with the identity: whoever has the passphrase knows which authority is the right one. */
const pin = new Uint8Array(16).fill(9);
const held = { identity, pin };
const owner = { project: "AAECAwQFBgcICQoL", name: "ada", recipient: recipientOf(identity) };
/** The suites give buffers or plain arrays. */
const plain = (opened: Held) => ({ identity: Uint8Array.from(opened.identity), pin: Uint8Array.from(opened.pin) });
const PHRASE = "orbit velvet cactus mango quartz lantern";

describe("an identity under a passphrase", () => {
  it.each(["scrypt", "pbkdf2-sha256"] as const)("%s: is what another implementation derives and opens", async (kdf) => {
    const custody = (await sealIdentity(held, `  ${PHRASE}\n`, owner, kdf)) as PassphraseCustody;
    const costs = kdf === "scrypt" ? { n: 131072, r: 8, p: 1 } : { iterations: 600_000 };
    const { salt: ownSalt, sealed: ownSealed } = custody;
    expect(custody).toStrictEqual({ kind: "passphrase", kdf, ...costs, salt: ownSalt, sealed: ownSealed });
    const salt = unb64u(custody.salt) as Uint8Array;
    const key =
      kdf === "scrypt"
        ? scrypt(utf8(PHRASE), salt, { N: 2 ** 17, r: 8, p: 1, dkLen: 32 })
        : pbkdf2(sha256, utf8(PHRASE), salt, { c: 600_000, dkLen: 32 });
    const sealed = unb64u(custody.sealed.slice(5)) as Uint8Array;
    const aad = concat(utf8("envseal/v1 custody"), lp(unb64u(owner.project) as Uint8Array), lp("ada"), lp(owner.recipient));
    expect(gcm(key, sealed.subarray(0, 12), aad).decrypt(sealed.subarray(12))).toEqual(concat(identity, pin));
    expect(plain(await openIdentity(custody, PHRASE, owner))).toEqual(held);
  });

  it("reads the same passphrase however a keyboard composes it", async () => {
    const custody = (await sealIdentity(held, "cafe\u0301 au lait, ﬁne", owner, "pbkdf2-sha256")) as PassphraseCustody;
    expect(plain(await openIdentity(custody, "caf\u00e9 au lait, fine", owner))).toEqual(held);
  });

  it("tells no wrong passphrase from an entry that was changed", async () => {
    const custody = (await sealIdentity(held, PHRASE, owner, "pbkdf2-sha256", "blue book")) as PassphraseCustody;
    const opening = (changed: object, who: object = {}, text = PHRASE) =>
      openIdentity({ ...custody, ...changed } as PassphraseCustody, text, { ...owner, ...who });
    const { code, message, hint } = await opening({}, {}, "another one entirely").then(
      () => new EnvsealError("BUG", "opened"),
      (error: EnvsealError) => error,
    );
    const wrong = { code, message, hint };
    expect(wrong).toMatchObject({ code: "WRONG_PASSPHRASE", hint: expect.stringMatching(/blue book.*git log -p envseal\.json/) });
    const ofBob = { ...wrong, message: wrong.message.replace("ada", "bob") };
    await expect(opening({}, { name: "bob" })).rejects.toMatchObject(ofBob);
    await expect(opening({}, { project: "BAECAwQFBgcICQoL" })).rejects.toMatchObject(wrong);
    const flipped = `${custody.sealed.slice(0, -2)}${custody.sealed.at(-2) === "A" ? "Q" : "A"}${custody.sealed.at(-1)}`;
    await expect(opening({ sealed: flipped })).rejects.toMatchObject(wrong);
    await expect(opening({}, { recipient: recipientOf(new Uint8Array(32).fill(8)) })).rejects.toMatchObject({ code: "WRONG_PASSPHRASE" });
    await expect(opening({ iterations: 1 })).rejects.toMatchObject({ code: "WRONG_PASSPHRASE" });
  });

  it("does not open to another identity than the owner's, though all else is right", async () => {
    const another = (await sealIdentity(
      { identity: new Uint8Array(32).fill(8), pin },
      PHRASE,
      owner,
      "pbkdf2-sha256",
    )) as PassphraseCustody;
    await expect(openIdentity(another, PHRASE, owner)).rejects.toMatchObject({ code: "WRONG_PASSPHRASE" });
    await expect(openIdentity({ ...another, iterations: 1 } as PassphraseCustody, PHRASE, owner)).rejects.toMatchObject({
      code: "WRONG_PASSPHRASE",
      hint: expect.stringMatching(/^type it again; .*envseal unlock --recovery/),
    });
  });
});
