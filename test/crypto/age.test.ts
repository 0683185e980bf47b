import { createHash } from "node:crypto";
import { inflateSync } from "node:zlib";
import { armor, Decrypter, Encrypter, generateX25519Identity, identityToRecipient } from "age-encryption";
import * as vectors from "cctv-age";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { openArmored } from "../../src/age/armored.ts";
import { openAgeFile } from "../../src/age/file.ts";
import { formatIdentity, parseIdentity, parseRecipient, recipientOf } from "../../src/age/keys.ts";
import { openWithPassphrase } from "../../src/age/passphrase-file.ts";
import { wrapKey } from "../../src/age/wrap.ts";
import { runs } from "../support/arbitraries.ts";

interface Vector {
  name: string;
  headers: Map<string, string>;
  file: Uint8Array;
}

function parseVector(name: string, bytes: Uint8Array): Vector {
  const split = Buffer.from(bytes).indexOf("\n\n");
  const rows = Buffer.from(bytes.subarray(0, split)).toString().split("\n");
  const headers = new Map(rows.map((row): [string, string] => [row.slice(0, row.indexOf(":")), row.slice(row.indexOf(":") + 2)]));
  const body = bytes.subarray(split + 2);
  return { name, headers, file: headers.get("compressed") === "zlib" ? inflateSync(body) : body };
}

const kit = Object.entries(vectors).map(([name, bytes]) => parseVector(name, bytes));

/** Every vector for a native X25519 identity, unarmored: success, no match, header, HMAC and payload failures. */
const relevant = kit.filter(({ headers }) => headers.get("armored") !== "yes" && headers.get("identity")?.startsWith("AGE-SECRET-KEY-1"));

describe("the age test kit (CCTV), X25519", () => {
  it("is there", () => {
    expect(relevant.filter(({ name }) => name.startsWith("x25519")).length).toBeGreaterThan(10);
    expect(relevant.filter(({ name }) => name.startsWith("stream")).length).toBeGreaterThan(10);
  });

  it.each(relevant.map((vector) => [vector.name, vector] as const))("%s", (_, { headers, file }) => {
    const identity = parseIdentity(headers.get("identity") as string) as Uint8Array;
    const expected = headers.get("expect") as string;
    if (expected === "success") {
      const payload = openAgeFile(file, identity);
      expect(
        createHash("sha256")
          .update(payload as Uint8Array)
          .digest("hex"),
      ).toBe(headers.get("payload"));
    } else {
      // For another identity, or damaged: which of the two is no matter, and nothing says so.
      expect(openAgeFile(file, identity)).toBeNull();
    }
  });
});

/** Every vector for a passphrase, and every one that is armored: backups are both. */
const backups = kit.filter(({ headers }) => headers.has("passphrase") || headers.get("armored") === "yes");

describe("the age test kit (CCTV), passphrases and armor", () => {
  it("is there", () => {
    expect(backups.filter(({ name }) => name.startsWith("scrypt")).length).toBeGreaterThan(10);
    expect(backups.filter(({ name }) => name.startsWith("armor")).length).toBeGreaterThan(10);
  });

  it.each(backups.map((vector) => [vector.name, vector] as const))("%s", async (name, { headers, file }) => {
    const armored = headers.get("armored") === "yes" ? Buffer.from(file).toString("latin1") : armor.encode(file);
    const opened = openWithPassphrase(armored, headers.get("passphrase") ?? "none");
    const expected = headers.get("expect") as string;
    if (expected === "success" && headers.has("passphrase")) {
      expect(
        createHash("sha256")
          .update(await opened)
          .digest("hex"),
      ).toBe(headers.get("payload"));
    } else {
      const { code } = await opened.then(
        () => ({ code: "opened" }),
        (error) => error,
      );
      // In capitals it is of another type, and no backup at all.
      const wrong = expected === "no match" && headers.has("passphrase") && name !== "scrypt_uppercase";
      expect(code).toBe(wrong ? "WRONG_PASSPHRASE" : "BACKUP");
    }
  });
});

describe("work that a file under a passphrase asks for", () => {
  const asking = (factor: string) =>
    openWithPassphrase(armor.encode(Buffer.from(`age-encryption.org/v1\n-> scrypt ${"A".repeat(22)} ${factor}\n`)), "x");

  it.each(["19", "20", "21", "30", "99", "999999999"])("2^%s is refused by what is written, before any of it is done", async (factor) => {
    await expect(asking(factor)).rejects.toMatchObject({
      code: "BACKUP",
      message: expect.stringContaining("asks for more work than 2^18"),
    });
  });

  it.each(["0", "01", "-1", "1e3", "9999999999"])("2^%s is no number of it", async (factor) => {
    await expect(asking(factor)).rejects.toMatchObject({ code: "BACKUP" });
  });
});

describe("an armored file of another tool", () => {
  it("is refused where it is for so many recipients that trying them would take long", async () => {
    const secret = new Uint8Array(32).fill(7);
    const made = async (recipients: number) => {
      const encrypter = new Encrypter();
      for (let index = 0; index < recipients; index++) encrypter.addRecipient(recipientOf(new Uint8Array(32).fill(7 + index)));
      return armor.encode(await encrypter.encrypt("payload"));
    };
    for (const few of [1, 4]) expect(await openArmored(await made(few), [formatIdentity(secret)])).not.toBeNull();
    await expect(openArmored(await made(5), [formatIdentity(secret)])).rejects.toMatchObject({ code: "TAMPERED" });
  });
});

describe("identities and recipients", () => {
  it("are those of age-encryption", async () => {
    const text = await generateX25519Identity();
    const secret = parseIdentity(text) as Uint8Array;
    expect(formatIdentity(secret)).toBe(text);
    expect(recipientOf(secret)).toBe(await identityToRecipient(text));
  });

  it("refuses everything else", () => {
    const identity = formatIdentity(new Uint8Array(32).fill(7));
    const recipient = recipientOf(new Uint8Array(32).fill(7));
    for (const bad of ["", identity.toLowerCase(), identity.slice(0, -1), `${identity} `, recipient, identity.replace("1", "1A")]) {
      expect(parseIdentity(bad), bad).toBeNull();
    }
    for (const bad of ["", recipient.toUpperCase(), recipient.slice(0, -1), `${recipient}q`, identity, recipient.replace("age1", "age2")]) {
      expect(parseRecipient(bad), bad).toBeNull();
    }
  });

  it("opens what age-encryption wraps, and the other way round", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ minLength: 32, maxLength: 32 }),
        fc.uint8Array({ minLength: 32, maxLength: 32 }),
        async (secret, key) => {
          const wrapped = await wrapKey(key, recipientOf(secret));
          expect(Buffer.from(openAgeFile(wrapped, secret) as Uint8Array).equals(key)).toBe(true);
          expect(
            openAgeFile(
              wrapped,
              secret.map((byte) => byte ^ 0x55),
            ),
          ).toBeNull();
          const decrypter = new Decrypter();
          decrypter.addIdentity(formatIdentity(secret));
          expect(Buffer.from(await decrypter.decrypt(wrapped)).equals(key)).toBe(true);
        },
      ),
      runs(10),
    );
  });

  it("refuses post-quantum recipients with a word about why", async () => {
    await expect(wrapKey(new Uint8Array(32), `age1pq1${"q".repeat(1900)}`)).rejects.toThrow(/post-quantum/);
  });
});
