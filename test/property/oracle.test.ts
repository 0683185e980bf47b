import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { openAgeFile } from "../../src/age/file.ts";
import { recipientOf } from "../../src/age/keys.ts";
import { openWithPassphrase } from "../../src/age/passphrase-file.ts";
import { unlockTrusted } from "../../src/age/unlock.ts";
import { wrapKey } from "../../src/age/wrap.ts";
import { b64u, unb64u } from "../../src/core/bytes.ts";
import { encodeKeyString, parseKeyString } from "../../src/core/keys/keystring.ts";
import { parseBackup } from "../../src/core/manifest/backup.ts";
import { parseManifest, serialiseManifest } from "../../src/core/manifest/manifest-text.ts";
import { openValues, openVault } from "../../src/core/vault/open-vault.ts";
import { parseVault, type Vault } from "../../src/core/vault/vault.ts";
import { openIdentity, type PassphraseCustody, sealIdentity } from "../../src/custody/passphrase.ts";
import { EnvsealError, exitCodeOf, isEnvsealError } from "../../src/errors.ts";
import { HistoryOpener } from "../../src/features/history/opener.ts";
import { mergeVaultFiles } from "../../src/features/merge/vaults.ts";
import { openDotenvx, readDotenvx } from "../../src/features/migrate/formats/dotenvx.ts";
import { openSops } from "../../src/features/migrate/formats/sops.ts";
import { parseSops } from "../../src/features/migrate/formats/sops-file.ts";
import { MergeKeys } from "../../src/workspace/keyrings-of-sides.ts";
import { withOrigin } from "../../src/workspace/origin.ts";
import { runs } from "../support/arbitraries.ts";
import { person } from "../support/authority.ts";
import { encryptedForDotenvx, sopsFile } from "../support/foreign.ts";
import { Ring } from "../support/keyring-builder.ts";
import { keyOf, manifestOf, reallyWrapped } from "../support/manifests.ts";
import { sealedProject } from "../support/sandbox.ts";
import { MemoryProject } from "../support/vaults.ts";

/**
 * Whoever may write the files, and holds no key, sees what a reader says. Two files of the same public form, whose secrets
 * differ, are changed in the same way: what is said must be the same, to the letter.
 */

/** What a reader says of a failure; what it opened is no business of this test. */
function said(error: unknown): string {
  if (!isEnvsealError(error)) throw error;
  const { code, message, hint, cause } = error as EnvsealError;
  return [code, exitCodeOf(error), message, hint, cause instanceof Error ? cause.message : "no cause"].join("\n");
}

function outcome(open: () => unknown): string {
  try {
    open();
    return "opens";
  } catch (error) {
    return said(error);
  }
}

const outcomeOf = (open: () => Promise<unknown>): Promise<string> => open().then(() => "opens", said);

/** A change of bytes: where, as a part of the whole, and which bits; or a cut. */
interface Change {
  at: number;
  mask: number;
  cut: boolean;
}
const change: fc.Arbitrary<Change> = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
  mask: fc.integer({ min: 1, max: 255 }),
  cut: fc.boolean().map((cut) => cut),
});
const changes = fc.array(change, { minLength: 1, maxLength: 4 });

function changed(bytes: Uint8Array, list: readonly Change[]): Uint8Array {
  let copy = Uint8Array.from(bytes);
  for (const { at, mask, cut } of list) {
    const index = Math.floor(at * copy.length);
    if (cut && mask > 200) copy = copy.slice(0, index);
    else if (copy.length > 0) copy[index] = (copy[index] as number) ^ mask;
  }
  return copy;
}

/** Secrets of one length, of characters that a name may have too, and of some that it may not. */
const secrets = fc.integer({ min: 4, max: 40 }).chain((length) => {
  const text = fc
    .array(fc.constantFrom(..."abcXYZ019_=.-+/ é".replace("é", "")), { minLength: length, maxLength: length })
    .map((all) => `s${all.join("")}e`);
  return fc.tuple(text, text);
});

const project = new MemoryProject();
const vaultOf = (secret: string) =>
  project.seal(Buffer.from(`# note ${secret}\nAPI_KEY=${secret}\nMULTI='${secret}\nB${secret}'\nPORT=3000\nLAST=${secret}\n`), {
    isPublic: (name) => name === "PORT",
  });
const bodyOf = (row: string) => /enc:v1\.[\w-]{8}:([\w-]+)$/.exec(row)?.[1] ?? "";
const root = mkdtempSync(join(tmpdir(), "envseal-oracle-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** Every way in which the product opens a vault. */
const DOORS: Record<string, (vault: Vault, text: string) => unknown> = {
  loader: (vault) => openValues(vault, project.keyring.keysOf(vault.id), "v"),
  edge: (vault) => openVault(vault, project.keyring.keysOf(vault.id), "v"),
  CLI: (vault) => {
    const { manifest, keyring } = project;
    return openVault(vault, withOrigin(keyring.keysOf(vault.id), { root, manifest, listed: ".env.vault", keyring }), "v");
  },
  merge: (_, text) => {
    const result = mergeVaultFiles(
      { base: "", ours: text, theirs: text },
      () => new MergeKeys([{ keyring: project.keyring, verdict: "match", isOutdated: false, keysAreOlder: false, recipient: "age1" }]),
      7,
    );
    if (result.kind === "conflict") throw new EnvsealError("DIVERGED", result.why);
  },
  history: (vault) => {
    const opener = new HistoryOpener(() => project.keyring.keysOf(vault.id, true));
    const problems = vault.lines.flatMap((line, index) => {
      if (line.kind !== "assignment") return [];
      const before = vault.lines.slice(0, index).findLast((earlier) => earlier.kind === "assignment");
      const previous = before?.kind === "assignment" ? before.name : "";
      const sheet = { environment: vault.environment, id: vault.id, rows: new Int32Array(0), problem: null };
      const opened = opener.assignment(sheet, { name: line.name, token: line.token, shown: line.shown, previous } as never);
      return "problem" in opened ? [`${line.name}: ${opened.problem}`] : [];
    });
    if (problems.length > 0) throw new EnvsealError("TAMPERED", problems.join());
  },
};

/** The same change, through every door, of two vaults: each says the same of both. */
function expectNothingTold([one, other]: readonly [string, string], edit: (text: string) => string, doors = Object.keys(DOORS)): void {
  const [a, b] = [edit(one), edit(other)];
  for (const door of doors) {
    const open = DOORS[door] as (typeof DOORS)[string];
    const [first, second] = [a, b].map((text) => outcome(() => open(parseVault(text, "v"), text)));
    expect(second, door).toBe(first);
  }
}

const withBody = (text: string, index: number, edit: (body: Uint8Array) => Uint8Array): string => {
  const rows = text.split("\n");
  const sealed = rows.flatMap((row, at) => (bodyOf(row) === "" ? [] : [at]));
  const at = sealed[index % sealed.length] as number;
  const row = rows[at] as string;
  const body = bodyOf(row);
  rows[at] = row.slice(0, -body.length) + b64u(edit(unb64u(body) as Uint8Array));
  return rows.join("\n");
};

describe("what is said of a changed token", () => {
  const AT = { length: 12 + 10, name: 12 + 11 };
  const xor = (body: Uint8Array, at: number, mask: number) => body.map((byte, index) => (index === at ? byte ^ mask : byte));

  it("does not depend on what it holds: bits flipped that would make one character of it another", () => {
    const letters = [..."abcXYZ019_=.-+/ "].map((char) => char.charCodeAt(0));
    const wanted = [..."\n\r='\"#: \0"].map((char) => char.charCodeAt(0));
    const flips = fc.array(fc.tuple(fc.nat({ max: 30 }), fc.constantFrom(...letters), fc.constantFrom(...wanted)), {
      minLength: 1,
      maxLength: 3,
    });
    fc.assert(
      fc.property(secrets, fc.nat({ max: 6 }), flips, (pair, index, list) => {
        const edit = (text: string) =>
          withBody(text, index, (body) => list.reduce((all, [at, from, to]) => xor(all, AT.name + at, from ^ to), body));
        expectNothingTold([vaultOf(pair[0]), vaultOf(pair[1])], edit, ["loader", "edge"]);
      }),
      runs(300),
    );
  });

  it("does not depend on what it holds: bytes changed at random", () => {
    fc.assert(
      fc.property(secrets, fc.nat({ max: 6 }), changes, (pair, index, list) => {
        expectNothingTold([vaultOf(pair[0]), vaultOf(pair[1])], (text) => withBody(text, index, (body) => changed(body, list)));
      }),
      runs(50),
    );
  });

  it("does not depend on what it holds: tokens swapped, renamed, dropped, doubled, shown, relabelled", () => {
    const edits: ((rows: string[], a: number, b: number) => string[])[] = [
      (rows, a, b) => rows.map((row, at) => (at === a ? row.replace(bodyOf(row), bodyOf(rows[b] as string)) : row)),
      (rows, a, b) => rows.map((row, at) => (at === a ? (rows[b] as string) : at === b ? (rows[a] as string) : row)),
      (rows, a) => rows.filter((_, at) => at !== a),
      (rows, a) => rows.map((row, at) => (at === a ? row.replace(/^\w+=/, "OTHER=") : row)),
      (rows, a, b) => [...rows.slice(0, b), (rows[a] as string).replace(/^(\w+)=/, "$1_2="), ...rows.slice(b)],
      (rows, a) => rows.map((row, at) => (at === a ? row.replace(/^(\w+)=enc/, "$1='x' # enc") : row)),
      (rows, a) => rows.map((row, at) => (at === a ? row.replace(/enc:v1\.[\w-]{8}/, "enc:v1.AAAAAAAA") : row)),
      (rows, a) => rows.map((row, at) => (at === a ? row.replace("enc:v1.", "enc:v2.") : row)),
    ];
    fc.assert(
      fc.property(secrets, fc.nat({ max: edits.length - 1 }), fc.nat(), fc.nat(), (pair, edit, x, y) => {
        expectNothingTold([vaultOf(pair[0]), vaultOf(pair[1])], (text) => {
          const [head, ...rows] = text.split("\n").filter(Boolean);
          const changedRows = edits[edit]?.(rows, x % rows.length, y % rows.length) ?? rows;
          return `${[head, ...changedRows].join("\n")}\n`;
        });
      }),
      runs(50),
    );
  });

  it("does not name a value: length, equals sign and first padding zero flipped, so that it would be a name", () => {
    const secret = "sk_live_0123456789abcdef";
    const raw = `API_KEY=${secret}`;
    const edit = (text: string) =>
      withBody(text, 1, (body) => {
        const longer = xor(body, AT.length, raw.length ^ (raw.length + 1));
        const asName = xor(longer, AT.name + "API_KEY".length, "=".charCodeAt(0) ^ "_".charCodeAt(0));
        return xor(asName, AT.name + raw.length, "=".charCodeAt(0));
      });
    const text = edit(vaultOf(secret));
    for (const [door, open] of Object.entries(DOORS)) {
      const told = outcome(() => open(parseVault(text, "v"), text));
      expect(told, door).not.toMatch(/sk_live|0123|API_KEY_/);
      if (door !== "merge" && door !== "history") expect(told, door).toMatch(/^TAMPERED\n4\nv line 3: the token of API_KEY does not open/);
    }
    expectNothingTold([vaultOf(secret), vaultOf("different-but-as-long-00")], edit);
  });

  it("does not tell a byte by its code: each flipped towards a line feed, with every guess", () => {
    const pair = [vaultOf("sk_live_0123"), vaultOf("abcdefghi.-=")] as const;
    for (let guess = 0x20; guess < 0x7f; guess++) {
      const edit = (text: string) => withBody(text, 1, (body) => xor(body, AT.name + "API_KEY=".length + (guess % 12), guess ^ 0x0a));
      expectNothingTold(pair, edit, guess % 8 === 0 ? undefined : ["loader", "edge"]);
    }
  });
});

describe("what is said of a changed file", () => {
  const [ada, night] = [person("ada", 3), { ...person("night", 5), environments: ["default"] }];
  const identity = keyOf(3);
  const key = { type: "identity", identity, pins: [], personal: false, environment: null, source: "a test" } as const;

  /** Of two projects whose data keys differ: ids of keys are public, and are blotted out. */
  async function manifestWith(seed: number): Promise<string> {
    const plan = { key: seed, access: [ada], vaults: { ".env.vault": 1 } };
    const first = manifestOf({ rotators: [night], environments: { default: plan } });
    const { manifest } = new Ring(first, keyOf(seed)).by(night).rotate(100 + seed);
    return serialiseManifest(await reallyWrapped(manifest, "default", 100 + seed));
  }

  it("a manifest: each of its sealed byte strings and tags", async () => {
    const both = [await manifestWith(1), await manifestWith(2)] as const;
    const open = (text: string) => {
      const manifest = parseManifest(text);
      const { keyring } = unlockTrusted(manifest, "default", key, { seen: null });
      keyring.keyPins();
      Object.keys(keyring.access).map((name) => keyring.accessState(name));
      Object.keys(manifest.vaults).map((path) => keyring.listsVault(path));
    };
    const blot = (text: string, source: string) => {
      const ids = Object.keys(JSON.parse(source).environments.default.statement.keys as object);
      return ids.reduce((all, id) => all.replaceAll(id, "(id)"), text);
    };
    fc.assert(
      fc.property(fc.nat({ max: 9 }), changes, (index, list) => {
        const [first, second] = both.map((source) => {
          const found = [...source.matchAll(/"(?:age|aead|ed25519|hmac:[\w-]{8}):([\w-]{40,})"/g)];
          const match = found[index % found.length] as RegExpExecArray;
          const body = match[1] as string;
          const at = match.index + match[0].length - 1 - body.length;
          const text = source.slice(0, at) + b64u(changed(unb64u(body) as Uint8Array, list)) + source.slice(at + body.length);
          return blot(
            outcome(() => open(text)),
            source,
          );
        });
        expect(second).toBe(first);
      }),
      runs(300),
    );
  });

  it("an age file", async () => {
    const files = await Promise.all([1, 2].map((seed) => wrapKey(new Uint8Array(32).fill(seed), recipientOf(identity))));
    fc.assert(
      fc.property(changes, (list) => {
        const [first, second] = files.map((file) => openAgeFile(changed(file, list), identity) === null);
        expect(second).toBe(first);
      }),
      runs(300),
    );
  });

  it("a backup", async () => {
    const { armor, Encrypter } = await import("age-encryption");
    const made = async (text: string) => {
      const encrypter = new Encrypter();
      encrypter.setPassphrase("a passphrase");
      encrypter.setScryptWorkFactor(1);
      return encrypter.encrypt(text);
    };
    const files = [await made('{"a":"first secret"}'), await made('{"b":"other.secret"}')];
    const open = async (file: Uint8Array) => parseBackup(await openWithPassphrase(armor.encode(file), "a passphrase"));
    await fc.assert(
      fc.asyncProperty(changes, async (list) => {
        // The header is public text, and each file has its own.
        const [first, second] = await Promise.all(
          files.map((file) => {
            const payload = file.indexOf(0x0a, Buffer.from(file).indexOf("\n---") + 1) + 1;
            return outcomeOf(() => open(Buffer.concat([file.subarray(0, payload), changed(file.subarray(payload), list)])));
          }),
        );
        expect(second).toBe(first);
        expect(first).toMatch(/^(?:BACKUP\n4\n|opens)/);
      }),
      runs(60),
    );
  });

  it("a passphrase's record", async () => {
    const record = async (seed: number) => {
      const secret = new Uint8Array(32).fill(seed);
      const owner = { project: "AAECAwQFBgcICQoL", name: "ada", recipient: recipientOf(secret) };
      const custody = (await sealIdentity(
        { identity: secret, pin: new Uint8Array(16).fill(seed) },
        "the passphrase",
        owner,
        "pbkdf2-sha256",
      )) as PassphraseCustody & {
        kdf: "pbkdf2-sha256";
      };
      // What a manifest may not say, so that a hundred tries take no minute.
      const cheap = { ...custody, iterations: 1 };
      return { owner, custody: cheap };
    };
    const records = [await record(7), await record(8)];
    await fc.assert(
      fc.asyncProperty(changes, fc.boolean(), async (list, salt) => {
        const [first, second] = await Promise.all(
          records.map(({ owner, custody }) => {
            const body = salt ? custody.salt : custody.sealed.slice(5);
            const text = b64u(
              changed(
                unb64u(body) as Uint8Array,
                list.map((one) => ({ ...one, cut: false })),
              ),
            );
            const edited = salt ? { ...custody, salt: text } : { ...custody, sealed: `aead:${text}` };
            return outcomeOf(() => openIdentity(edited, "the passphrase", owner));
          }),
        );
        expect(second).toBe(first);
        expect(first).toMatch(/^WRONG_PASSPHRASE\n3\n/);
      }),
      runs(60),
    );
  });

  it("a key string", () => {
    const pin = new Uint8Array(16).fill(1);
    const strings = [4, 5].map((seed) =>
      encodeKeyString({ type: "identity", environment: "default", pin, identity: new Uint8Array(32).fill(seed) }),
    );
    fc.assert(
      fc.property(changes, (list) => {
        const [first, second] = strings.map((text) => {
          const body = text.slice("esk_default_".length);
          return outcome(() => parseKeyString(`esk_default_${b64u(changed(unb64u(body) as Uint8Array, list))}`, "a test"));
        });
        expect(second).toBe(first);
      }),
      runs(300),
    );
  });

  it("a file of SOPS: its values, and the types that stand next to them in clear", () => {
    const dataKey = new Uint8Array(32).fill(4);
    const type = fc.constantFrom("str", "int", "float", "bool", "comment", "bytes", "time");
    const value = fc.constantFrom("1234", "True", "0.50", "abcd", "False".slice(0, 4), "-123", "00.1", "a\u2028b");
    fc.assert(
      fc.property(fc.tuple(value, value), type, fc.option(changes), ([one, other], as, list) => {
        if (Buffer.byteLength(one) !== Buffer.byteLength(other)) return;
        const [first, second] = [one, other].map((secret) => {
          const text = sopsFile(dataKey, [
            ["A", "first"],
            ["B", secret],
          ]).replace(/^(B=ENC\[AES256_GCM,data:)([^,]+)(.*)type:str/m, (_, head, data, rest) => {
            const bytes = Buffer.from(data, "base64");
            return `${head}${Buffer.from(list === null ? bytes : changed(bytes, list)).toString("base64")}${rest}type:${as}`;
          });
          return outcome(() => openSops(parseSops(Buffer.from(text), "f"), dataKey, "f", false));
        });
        expect(second).toBe(first);
      }),
      runs(300),
    );
  });

  it("a file of dotenvx", () => {
    const secret = "07".repeat(32);
    fc.assert(
      fc.property(secrets, changes, (pair, list) => {
        const [first, second] = pair.map((value) => {
          const box = Buffer.from(encryptedForDotenvx(value, secret).slice("encrypted:".length), "base64");
          // Whether a point is on the curve is public, and each file has its own.
          const body = Buffer.concat([box.subarray(0, 65), changed(box.subarray(65), list)]).toString("base64");
          const good = encryptedForDotenvx("good", secret);
          const file = readDotenvx(Buffer.from(`GOOD=${good}\nA=encrypted:${body}\n`), "f", ".env");
          return outcome(() => openDotenvx(file, [{ source: "a test", text: secret }], "f"));
        });
        expect(second).toBe(first);
      }),
      runs(15),
    );
  });
});

describe("the built CLI and an app", () => {
  it("say the same of two vaults whose secrets differ, changed alike", () => {
    const project = sealedProject({ ".env": "API_KEY=sk_live_0123456789\nLAST=x\n" });
    project.install();
    project.ok(["require", "LAST", "-q"]);
    rmSync(project.path(".env"));
    const one = project.read(".env.vault");
    project.ok(["set", "API_KEY", "-q"], { input: "_other.value-=+abc" });
    const other = project.read(".env.vault");
    const edits: ((text: string) => string)[] = [
      (text) =>
        withBody(text, 0, (body) => {
          const [length, flip] = [
            "API_KEY=sk_live_0123456789".length,
            (at: number, mask: number) => (body[at] = (body[at] as number) ^ mask),
          ];
          flip(22, length ^ (length + 1));
          flip(23 + 7, 0x3d ^ 0x5f);
          flip(23 + length, 0x3d);
          return body;
        }),
      (text) => withBody(text, 0, (body) => body.map((byte, at) => (at === 23 + 10 ? byte ^ ("l".charCodeAt(0) ^ 0x0a) : byte))),
      (text) => withBody(text, 0, (body) => body.map((byte, at) => (at === 22 ? byte ^ 1 : byte))),
    ];
    const commands = [["get", "LAST"], ["status"], ["check", "--all"], ["doctor"], ["decrypt", "--stdout"], ["run", "--", "true"]];
    for (const edit of edits) {
      const told = [one, other].map((text) => {
        project.write(".env.vault", edit(text));
        project.git("add", "-A");
        const results = commands.map((command) => project.envseal(command));
        return [...results, project.node(["-e", "require('envseal').load()"])].map((result) => ({
          ...result,
          stderr: result.stderr.replace(/\n {4}at .*/g, ""),
        }));
      });
      expect(told[1]).toEqual(told[0]);
      expect(JSON.stringify(told)).not.toMatch(/sk_live|0123|other\.value|CORRUPT/);
      expect(told[0]?.[0]).toMatchObject({ code: 4, stderr: expect.stringContaining("[TAMPERED]") });
    }
  });
});
