// Writes test/vectors/*.json, or with --check says whether they still come out the same. Keys, tokens, tags, links and
// key strings are made here from node:crypto alone, a second reading of docs/FORMAT.md; whole vaults by the build.
import { createCipheriv, createHash, createHmac, hkdfSync, scryptSync } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { crc32 as zipCrc } from "node:zlib";
import { sources } from "./sources.mjs";

const { formatIdentity, recipientOf, wrapKey, parseDocument, openVault, sealDocument, parseVault, serialiseVault, vaultKeyFromRoot } =
  await sources(["age/keys", "age/wrap", "core/document", "core/open", "core/seal", "core/vault", "core/vaultkey"]);

const FOLDER = new URL("../test/vectors/", import.meta.url);

// Notation.
const utf8 = (text) => Buffer.from(text, "utf8");
const hex = (bytes) => Buffer.from(bytes).toString("hex");
const b64u = (bytes) => Buffer.from(bytes).toString("base64url");
const u32 = (value) => {
  const out = Buffer.alloc(4);
  out.writeUInt32BE(value);
  return out;
};
const join = (...parts) => Buffer.concat(parts.map((part) => (typeof part === "string" ? utf8(part) : Buffer.from(part))));
const lp = (value) => {
  const bytes = join(value);
  return join(u32(bytes.length), bytes);
};
const hkdf = (ikm, salt, info) => Buffer.from(hkdfSync("sha256", ikm, salt, info, 32));
const hmac = (key, data) => createHmac("sha256", key).update(data).digest();
/** HKDF-Expand to one block. */
const expand = (prk, info) => hmac(prk, join(info, [1]));
const named = (what) => createHash("sha256").update(`envseal test vector: ${what}`).digest();
const aead = (key, nonce, plaintext, aad) => {
  const cipher = createCipheriv("aes-256-gcm", key, nonce, { authTagLength: 16 }).setAAD(aad);
  return join(nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag());
};
const crc32 = (bytes) => zipCrc?.(bytes) ?? slowCrc(bytes);
function slowCrc(bytes) {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}

// The world of the vectors: one project, two environments, three vaults.
const PROJECT = named("project").subarray(0, 12);
const WEB = named("vault web").subarray(0, 12);
const API = named("vault api").subarray(0, 12);
const STAGE = named("vault staging").subarray(0, 12);
const keyOf = (environment, version) => {
  const dataKey = named(`${environment} key ${version}`);
  const commitment = hkdf(dataKey, "", utf8("envseal/v1 commitment"));
  return { environment, version, dataKey, commitment, keyId: b64u(commitment.subarray(0, 6)), pin: commitment.subarray(0, 16) };
};
const PRODUCTION = [1, 2, 3].map((version) => keyOf("production", version));
const STAGING = keyOf("staging", 1);
const UNKNOWN = keyOf("nowhere", 1);
const rootOf = (key, vaultId) => hkdf(key.dataKey, vaultId, join("envseal/v1 vault", lp(key.environment)));
const manifestKeyOf = (key) => hkdf(key.dataKey, PROJECT, join("envseal/v1 manifest", lp(key.environment)));
const linkKeyOf = (key) => hkdf(key.dataKey, PROJECT, join("envseal/v1 link", lp(key.environment)));

function paddedLength(length) {
  if (length <= 64) return 64;
  if (length <= 512) return length + ((32 - (length % 32)) % 32);
  let exponent = 0;
  while (2 ** (exponent + 1) <= length) exponent++;
  let bits = 0;
  while (2 ** (bits + 1) <= exponent) bits++;
  const unit = 2 ** (exponent - bits - 1);
  return length + ((unit - (length % unit)) % unit);
}
const pad = (bytes) => join(bytes, Buffer.alloc(paddedLength(bytes.length) - bytes.length));

const KIND = { secret: 0, public: 1, end: 2, comment: 3 };
const NEVER = Buffer.alloc(6);
const lineText = (since, end, raw) => join(since, [end], lp(raw));

/** A token by the book; `nonce` and `padded` only to break one rule at a time. */
function seal(key, vaultId, { kind, name = "", previous = "" }, plaintext, { nonce, padded = pad(plaintext) } = {}) {
  const root = rootOf(key, vaultId);
  const aad = join(
    "envseal/v1 token",
    lp(key.environment),
    lp(vaultId),
    lp(key.pin),
    u32(key.version),
    [KIND[kind]],
    lp(name),
    lp(previous),
  );
  const used = nonce ?? hmac(expand(root, "nonce"), join(lp(aad), lp(padded))).subarray(0, 12);
  const token = `enc:v${key.version}.${key.keyId}:${b64u(aead(expand(root, "encrypt"), used, padded, aad))}`;
  return { aad, padded, nonce: used, token };
}

function keys() {
  const vectors = [...PRODUCTION, STAGING].map((key) => {
    const vaultId = key.environment === "staging" ? STAGE : WEB;
    const root = rootOf(key, vaultId);
    return {
      environment: key.environment,
      version: key.version,
      project: b64u(PROJECT),
      vaultId: b64u(vaultId),
      dataKey: hex(key.dataKey),
      commitment: hex(key.commitment),
      keyId: key.keyId,
      pin: hex(key.pin),
      vaultRoot: hex(root),
      vaultKey: hex(expand(root, "encrypt")),
      nonceKey: hex(expand(root, "nonce")),
      manifestKey: hex(manifestKeyOf(key)),
      linkKey: hex(linkKeyOf(key)),
    };
  });
  return { about: "Section 2, keys: everything that is derived from a data key. Bytes in hex, ids in base64url.", keys: vectors };
}

function padding() {
  const lengths = [0, 1, 63, 64, 65, 96, 97, 128, 511, 512, 513, 544, 545, 1000, 1023, 1024, 1025, 4095, 4096, 4097, 65535];
  lengths.push(65536, 65537, 1048575, 1048576, 1048577, 16777216);
  return {
    about: "Section 4, padding: length of the plaintext and of the padded plaintext, in bytes.",
    lengths: lengths.map((length) => [length, paddedLength(length)]),
  };
}

function tokens() {
  const key = PRODUCTION[2];
  const own = key.commitment.subarray(0, 6);
  const older = PRODUCTION[0].commitment.subarray(0, 6);
  const line = (about, place, raw, { since = own, end = 0 } = {}) => ({
    about,
    place,
    plaintext: lineText(since, end, raw),
    since,
    end,
    raw,
  });
  const flags = (about, previous, byte) => ({ about, place: { kind: "end", previous }, plaintext: Buffer.from([byte]), flags: byte });
  const secret = (name, previous = "") => ({ kind: "secret", name, previous });
  const cases = [
    line("an empty value, the first assignment", secret("EMPTY"), "EMPTY="),
    line("a short value", secret("API_KEY", "EMPTY"), "API_KEY=hunter2"),
    line("the same value behind another assignment", secret("API_KEY", "OTHER"), "API_KEY=hunter2"),
    line("the same value, first sealed under key version 1", secret("API_KEY", "EMPTY"), "API_KEY=hunter2", { since: older }),
    line("export, spaces, quotes and an inline comment", secret("DB_URL", "API_KEY"), "  export DB_URL = 'postgres://x' # primary"),
    line("several lines", secret("PEM", "A"), 'PEM="-----BEGIN-----\nabc\n-----END-----"'),
    line("letters beyond ASCII", secret("GREETING", "A"), "GREETING='grüße 🔑 \u2028 שלום'"),
    line("the longest plaintext that fits 64 bytes", secret("X", "A"), `X=${"x".repeat(64 - 11 - 2)}`),
    line("one byte more", secret("X", "A"), `X=${"x".repeat(64 - 11 - 1)}`),
    line("a long value", secret("LONG", "A"), `LONG=${"0123456789".repeat(500)}`),
    line("names of 200 characters", secret("N".repeat(200), "P".repeat(200)), `${"N".repeat(200)}=1`),
    ...[0, 1, 2, 3, 4].map((end) => line(`line end ${end}`, secret("END", "A"), end === 4 ? "END=1\u2028" : "END=1", { end })),
    line("a public value", { kind: "public", name: "PORT", previous: "API_KEY" }, "PORT=3000"),
    line("the same assignment as a secret", secret("PORT", "API_KEY"), "PORT=3000"),
    line("a comment", { kind: "comment" }, "# old: API_KEY=abc", { since: NEVER }),
    line("a comment with a line end of its own", { kind: "comment" }, "# dos", { since: NEVER, end: 2 }),
    line("a line of white space", { kind: "comment" }, "  \t", { since: NEVER }),
    ...[2, 3, 4, 6, 10, 15].map((byte) => flags(`an end line, flags ${byte}`, "LAST", byte)),
    flags("the end line of a file without assignments", "", 2),
  ];
  return {
    about: "Section 4: tokens of one vault under one key. aad, plaintext and padded in hex; since is a key id, null in an end token.",
    environment: key.environment,
    version: key.version,
    vaultId: b64u(WEB),
    dataKey: hex(key.dataKey),
    tokens: cases.map(({ about, place, plaintext, since, end, raw, flags }) => {
      const { aad, padded, nonce, token } = seal(key, WEB, place, plaintext);
      const content = flags === undefined ? { since: hex(since), end, raw } : { flags };
      const { kind, name = "", previous = "" } = place;
      const written = { aad: hex(aad), plaintext: hex(plaintext), padded: hex(padded), nonce: hex(nonce), token };
      return { about, kind, name, previous, ...content, ...written };
    }),
  };
}

const buildKey = (key, vaultId) =>
  vaultKeyFromRoot(
    rootOf(key, vaultId),
    { environment: key.environment, vaultId },
    { keyId: key.keyId, version: key.version, pin: key.pin },
  );
const sourceOf = (keys, vaultId) => ({
  keyFor: (token) =>
    buildKey(
      keys.find(({ keyId }) => keyId === token.keyId),
      vaultId,
    ),
});

function sealFile(plaintext, { key = PRODUCTION[2], vaultId = WEB, shown = [], previous } = {}) {
  const { document } = parseDocument(utf8(plaintext));
  const context = {
    environment: key.environment,
    vaultId: b64u(vaultId),
    key: buildKey(key, vaultId),
    isPublic: (name) => shown.includes(name),
  };
  const old = previous === undefined ? {} : { previous: [openVault(parseVault(previous), sourceOf(PRODUCTION, vaultId))] };
  return serialiseVault(sealDocument(document, { ...context, ...old }));
}

const PLAIN = "# the shop\nAPI_KEY=hunter2\nDB_URL='postgres://shop@db/shop' # primary\n\nPORT=3000\nLAST=omega\n";
const SHOWN = ["PORT"];

function vaults() {
  const entry = (about, plaintext, shown = []) => ({ about, shown, plaintext, vault: sealFile(plaintext, { shown }) });
  const old = sealFile(PLAIN, { key: PRODUCTION[1], shown: SHOWN });
  const grown = PLAIN.replace("hunter2", "hunter3");
  const rows = [
    entry("LF", PLAIN, SHOWN),
    entry("CRLF", PLAIN.replaceAll("\n", "\r\n"), SHOWN),
    entry("CR", "A=1\rB=2\r"),
    entry("mixed line ends", "A=1\nB=2\r\n\n# c\r\nC=3\n"),
    entry("a byte order mark", `\uFEFF${PLAIN}`, SHOWN),
    entry("no final newline", PLAIN.slice(0, -1), SHOWN),
    entry("an empty file", ""),
    entry("comments and blank lines alone", "# one\n\n\n  # two\n\t\n"),
    entry("public values in the three quotes, and two that no quote fits", 'A=a b\nB="it\'s"\nC=`it\'s "c"`\nD="x\\ny"\nE=it\'s "`e`"\n', [
      "A",
      "B",
      "C",
      "D",
      "E",
    ]),
    entry("a public value that holds what looks like a token", "A=' # enc:v1.AAAAAAAA:AAAA'\n", ["A"]),
    entry("several lines in one value", 'KEY="-----BEGIN\nabc\n\n-----END"\nB=1\n'),
    entry("names given more than once", "A=1\nB=2\nA=3\nA=4\n"),
    entry("lines that are no assignment", "just words\nA=1\nexport\n"),
    entry("a line that U+2028 ends", "# c\u2028A=1\nB='x\u2029y'\n"),
    entry("letters beyond ASCII", "NAME='Zoë 🔑'\n# schöne Grüße\n", ["NAME"]),
    {
      about: "older tokens kept beside a new one",
      shown: SHOWN,
      plaintext: grown,
      previous: old,
      vault: sealFile(grown, { shown: SHOWN, previous: old }),
    },
  ];
  const base = sealFile(PLAIN, { shown: SHOWN });
  const lenient = [
    ["CRLF line ends", base.replaceAll("\n", "\r\n")],
    ["no blank lines", base.replaceAll("\n\n", "\n")],
    ["more blank lines", `\n\n${base.replaceAll("\n", "\n\n")}\n`],
  ];
  return {
    about: "Section 3: plaintext (base64) and vault text, both ways. lenient: texts that no writer writes and every reader reads.",
    environment: "production",
    vaultId: b64u(WEB),
    dataKeys: PRODUCTION.map(({ version, keyId, dataKey }) => ({ version, keyId, dataKey: hex(dataKey) })),
    vaults: rows.map(({ plaintext, ...row }) => ({ ...row, plaintext: utf8(plaintext).toString("base64") })),
    lenient: lenient.map(([about, vault]) => ({ about, vault, plaintext: utf8(PLAIN).toString("base64") })),
  };
}

/** RFC 8785 for what a manifest holds: strings without lone surrogates and safe integers. */
function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const members = Object.keys(value).sort();
  return `{${members.map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`).join(",")}}`;
}
const sorted = (value) => {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((name) => [name, sorted(value[name])]),
  );
};

const PASSPHRASE = "  cafe\u0301 staple harbour\u3000twelve  ";
const WHO = Object.fromEntries(["alice", "bob", "carol", "ci", "paper"].map((name) => [name, named(`identity ${name}`)]));

/** An age file is random: the one in the present vectors stays as long as it is for the same key and recipient. */
function ageFiles() {
  const file = new URL("manifest.json", FOLDER);
  const known = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")).access : [];
  return async (key, name) => {
    const recipient = recipientOf(WHO[name]);
    const kept = known.find((one) => one.recipient === recipient && one.dataKey === hex(key.dataKey));
    return kept?.wrapped ?? `age:${b64u(await wrapKey(key.dataKey, recipient))}`;
  };
}

async function manifest() {
  const wrap = ageFiles();
  const tags = [];
  const tag = (about, key, input) => {
    const text = `hmac:${key.keyId}:${b64u(hmac(manifestKeyOf(key), input))}`;
    tags.push({ about, keyId: key.keyId, manifestKey: hex(manifestKeyOf(key)), input: hex(input), tag: text });
    return text;
  };
  const links = [];
  const link = (key, previous) => {
    const aad = join(lp(key.environment), lp(key.commitment.subarray(0, 6)), lp(previous.commitment.subarray(0, 6)));
    const nonce = named(`link ${key.version}`).subarray(0, 12);
    const sealed = `aead:${b64u(aead(linkKeyOf(key), nonce, previous.dataKey, aad))}`;
    links.push({
      environment: key.environment,
      from: key.keyId,
      to: previous.keyId,
      linkKey: hex(linkKeyOf(key)),
      aad: hex(aad),
      nonce: hex(nonce),
      sealed,
    });
    return { [previous.keyId]: sealed };
  };
  const normal = PASSPHRASE.normalize("NFKC").trim();
  const salt = named("salt").subarray(0, 16);
  const kek = scryptSync(normal, salt, 32, { N: 2 ** 17, r: 8, p: 1, maxmem: 2 ** 28 });
  const custodyAad = join("envseal/v1 custody", lp(PROJECT), lp("alice"), lp(recipientOf(WHO.alice)));
  const custodyNonce = named("custody nonce").subarray(0, 12);
  const sealed = `aead:${b64u(aead(kek, custodyNonce, WHO.alice, custodyAad))}`;
  const custody = {
    alice: { kind: "passphrase", kdf: "scrypt", n: 2 ** 17, r: 8, p: 1, salt: b64u(salt), sealed, hint: "the usual one, with a drink" },
    bob: { kind: "file" },
    ci: { kind: "deploy" },
    paper: { kind: "recovery", confirmed: "2026-01-02" },
  };
  const recipients = Object.fromEntries(
    Object.keys(WHO).map((name) => [
      name,
      { recipient: recipientOf(WHO[name]), added: "2026-01-01", ...(custody[name] && { custody: custody[name] }) },
    ]),
  );
  const entryOf = (key, state, created, reason, links, history) => ({
    version: key.version,
    state,
    created,
    commitment: `hkdf:${b64u(key.commitment)}`,
    reason,
    links,
    history,
  });
  const [first, second, third] = PRODUCTION;
  const [one, two, three] = ["2026-01-01T00:00:00Z", "2026-02-01T09:30:00Z", "2026-03-01T00:00:00Z"];
  const production = {
    active: third.keyId,
    floor: second.keyId,
    keys: {
      [first.keyId]: entryOf(first, "compromised", one, "created", {}, [
        { state: "active", at: one },
        { state: "deactivated", at: two, reason: "offboarding" },
        { state: "compromised", at: three, reason: "found in a paste: “old” laptop, naïve copy 🔑" },
      ]),
      [second.keyId]: entryOf(second, "deactivated", two, "offboarding", link(second, first), [
        { state: "active", at: two },
        { state: "deactivated", at: three, reason: "scheduled" },
      ]),
      [third.keyId]: entryOf(third, "active", three, "scheduled", link(third, second), [{ state: "active", at: three }]),
    },
    public: ["PORT", "NEXT_PUBLIC_*"],
    required: ["API_KEY", "DB_URL"],
    allow: [{ rule: "leak", path: "docs/<example>.md", reason: 'a "quoted" \\ reason, € and 🔑', expires: "2027-01-01" }],
    cryptoperiodDays: 365,
  };
  const staging = {
    active: STAGING.keyId,
    floor: STAGING.keyId,
    keys: { [STAGING.keyId]: entryOf(STAGING, "active", one, "created", {}, [{ state: "active", at: one }]) },
    public: [],
    required: [],
    allow: [],
    cryptoperiodDays: 90,
  };
  const access = [];
  const complete = async (key, entry, names) => {
    const input = join("envseal/v1 environment", lp(key.environment), lp(canonical(entry)));
    const own = {};
    for (const name of names) {
      const { recipient } = recipients[name];
      const wrapped = await wrap(key, name);
      const accessInput = join("envseal/v1 access", lp(key.environment), lp(name), lp(recipient), lp(key.commitment));
      own[name] = { wrapped, tag: tag(`access of ${name} to ${key.environment}`, key, accessInput) };
      access.push({
        environment: key.environment,
        name,
        recipient,
        identity: formatIdentity(WHO[name]),
        dataKey: hex(key.dataKey),
        wrapped,
      });
    }
    return { ...entry, access: own, tag: tag(`environment ${key.environment}`, key, input) };
  };
  const environments = {
    production: await complete(third, production, ["alice", "bob", "ci", "paper"]),
    staging: await complete(STAGING, staging, ["alice"]),
  };
  const vault = (path, key, id) => {
    const input = join("envseal/v1 vault", lp(path), lp(key.environment), lp(id));
    return [path, { environment: key.environment, id: b64u(id), tag: tag(`vault ${path}`, key, input) }];
  };
  const vaults = Object.fromEntries([
    vault("apps/web/.env.production.vault", third, WEB),
    vault("apps/Büro/.env.production.vault", third, API),
    vault(".env.staging.vault", STAGING, STAGE),
  ]);
  const value = { envseal: 1, project: b64u(PROJECT), recipients, environments, vaults, backup: { verified: "2026-03-02" } };
  return {
    about: "Section 6: a manifest as it is committed, and how each of its parts was made. The age files are random and frozen.",
    text: `${JSON.stringify(sorted(value), null, 2)}\n`,
    dataKeys: [...PRODUCTION, STAGING].map(({ environment, version, keyId, dataKey }) => ({
      environment,
      version,
      keyId,
      dataKey: hex(dataKey),
    })),
    canonical: { production: canonical(production), staging: canonical(staging) },
    tags,
    links,
    access,
    custody: {
      name: "alice",
      passphrase: PASSPHRASE,
      normalised: normal,
      kek: hex(kek),
      aad: hex(custodyAad),
      identity: hex(WHO.alice),
      sealed,
    },
  };
}

function keystrings() {
  const [, , third] = PRODUCTION;
  const text = (environment, body, crc = crc32(join(environment, body))) => `esk_${environment}_${b64u(join(body, u32(crc)))}`;
  const identity = join([1], third.pin, WHO.ci);
  const version = u32(third.version);
  const root = rootOf(third, WEB);
  const readOnly = join([3], third.pin, WEB, version, root);
  const good = text("production", identity);
  const spare = (encoded) => {
    const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    return encoded.slice(0, -1) + alphabet[alphabet.indexOf(encoded.at(-1)) + 1];
  };
  return {
    about: "Section 8: key strings; bytes in hex. Every malformed one is refused, for the reason that is given.",
    valid: [
      { type: 1, environment: "production", pin: hex(third.pin), identity: hex(WHO.ci), text: good },
      { type: 1, environment: "default", pin: hex(third.pin), identity: hex(WHO.ci), text: text("default", identity) },
      { type: 1, environment: "eu-west-1", pin: hex(third.pin), identity: hex(WHO.ci), text: text("eu-west-1", identity) },
      {
        type: 3,
        environment: "production",
        pin: hex(third.pin),
        vaultId: hex(WEB),
        version: third.version,
        root: hex(root),
        text: text("production", readOnly),
      },
    ],
    malformed: [
      ["nothing", ""],
      ["another prefix", good.replace("esk_", "ESK_")],
      ["no environment", `esk_${good.slice(good.lastIndexOf("_", 20) + 1)}`],
      ["a reserved environment", text("local", identity)],
      ["an environment with a capital", text("Production", identity)],
      ["an environment of 33 characters", text("a".repeat(33), identity)],
      ["another environment than the checksum is for", good.replace("production", "staging")],
      ["a character changed", good.replace(/.$/, (last) => (last === "A" ? "B" : "A"))],
      ["the last character missing", good.slice(0, -1)],
      ["a space behind it", `${good} `],
      ["padding", `${good}==`],
      ["bits behind the last byte that are not zero", spare(text("production", readOnly))],
      ["a wrong checksum", text("production", identity, 0)],
      ["a checksum over the body alone", text("production", identity, crc32(identity))],
      ["type 2, which is reserved", text("production", join([2], third.pin, WHO.ci))],
      ["type 0", text("production", join([0], third.pin, WHO.ci))],
      ["type 1 with a byte too many", text("production", join(identity, [0]))],
      ["type 1 with a byte missing", text("production", identity.subarray(0, -1))],
      ["type 3 with a byte missing", text("production", readOnly.subarray(0, -1))],
      ["type 3 with version 0", text("production", join([3], third.pin, WEB, u32(0), root))],
      ["a checksum and nothing else", text("production", Buffer.alloc(0))],
    ].map(([about, malformed]) => ({ about, text: malformed })),
  };
}

function refused() {
  const [oldest, , third] = PRODUCTION;
  const base = sealFile(PLAIN, { shown: SHOWN });
  const rows = base.split("\n");
  const row = (name) => rows.find((text) => text.startsWith(`${name}=`));
  const tokenOf = (name, text = base) => /enc:\S+$/.exec(text.split("\n").find((one) => one.startsWith(`${name}=`)))[0];
  const lineOf = (name) => 1 + rows.findIndex((text) => text.startsWith(`${name}=`));
  const without = (name) => base.replace(`${row(name)}\n\n`, "");
  const comment = rows.find((text) => text.startsWith("# enc:"));
  const end = rows.find((text) => text.startsWith("#end "));
  const last = rows.length - 1;
  const place = { kind: "secret", name: "API_KEY", previous: "" };
  const content = lineText(third.commitment.subarray(0, 6), 0, "API_KEY=hunter2");
  const api = (options, plaintext = content, where = place) => {
    const { token } = seal(third, WEB, where, plaintext, options);
    return base.replace(tokenOf("API_KEY"), token);
  };
  const elsewhere = (options) => tokenOf("API_KEY", sealFile(PLAIN, options));
  const withToken = (token) => base.replace(tokenOf("API_KEY"), token);
  const at = lineOf("API_KEY");
  const longer = Buffer.concat([pad(content), Buffer.alloc(32)]);
  const dirty = join(pad(content).subarray(0, -1), [1]);
  const list = [
    ["a name given twice", base.replace("#end ", `API_KEY=${tokenOf("API_KEY")}\n\n#end `), "MALFORMED_VAULT", last],
    ["a plaintext value", base.replace(row("API_KEY"), "API_KEY=hunter2"), "MALFORMED_VAULT", at],
    ["an empty value", base.replace(row("API_KEY"), "API_KEY="), "MALFORMED_VAULT", at],
    ["conflict markers", base.replace(row("API_KEY"), `<<<<<<< ours\n${row("API_KEY")}\n=======\n>>>>>>> theirs`), "CONFLICT_MARKERS", at],
    ["no end line", base.replace(`${end}\n`, ""), "MALFORMED_VAULT", last],
    ["no header", rows.slice(1).join("\n"), "MALFORMED_VAULT", 1],
    ["an empty file", "", "MALFORMED_VAULT", 1],
    ["a byte order mark", `\uFEFF${base}`, "MALFORMED_VAULT", 1],
    ["a header of format 2", base.replace("envseal:1", "envseal:2"), "UNSUPPORTED_FORMAT", 1],
    ["a header with a leading zero", base.replace("envseal:1", "envseal:01"), "MALFORMED_VAULT", 1],
    ["a header with a reserved environment", base.replace(" production ", " local "), "MALFORMED_VAULT", 1],
    ["a second header", base.replace(/^(.*\n)/, "$1$1"), "MALFORMED_VAULT", 2],
    ["a comment in clear", base.replace("\n", "\n# hello\n"), "MALFORMED_VAULT", 2],
    ["white space on a line", base.replace("\n\n", "\n \n"), "MALFORMED_VAULT", at + 1],
    ["text behind the end line", `${base}A=1\n`, "MALFORMED_VAULT", last + 1],
    ["a second end line", `${base}${end}\n`, "MALFORMED_VAULT", last + 1],
    ["a space behind a token", base.replace(row("API_KEY"), `${row("API_KEY")} `), "MALFORMED_VAULT", at],
    ["a space before a name", base.replace("API_KEY=", " API_KEY="), "MALFORMED_VAULT", at],
    ["export before a name", base.replace("API_KEY=", "export API_KEY="), "MALFORMED_VAULT", at],
    ["the name __proto__", base.replace("API_KEY=", "__proto__="), "MALFORMED_VAULT", at],
    ["a quoted token", base.replace(tokenOf("API_KEY"), `"${tokenOf("API_KEY")}"`), "MALFORMED_VAULT", at],
    ["a version with a leading zero", base.replace(row("API_KEY"), row("API_KEY").replace("enc:v3", "enc:v03")), "MALFORMED_VAULT", at],
    ["a version above 2^32 - 1", base.replace(row("API_KEY"), row("API_KEY").replace("enc:v3", "enc:v4294967296")), "MALFORMED_VAULT", at],
    ["base64 padding", base.replace(row("API_KEY"), `${row("API_KEY")}=`), "MALFORMED_VAULT", at],
    ["no final newline", base.slice(0, -1), "MALFORMED_VAULT", last],
    ["a public value in the wrong quotes", base.replace("PORT='3000'", 'PORT="3000"'), "MALFORMED_VAULT", lineOf("PORT")],
    ["a public value without quotes", base.replace("PORT='3000'", "PORT=3000"), "MALFORMED_VAULT", lineOf("PORT")],
    ["bits behind the last byte that are not zero", withToken(spareBits(tokenOf("API_KEY"))), "CORRUPT", at],
    ["a token cut off", withToken(tokenOf("API_KEY").slice(0, 40)), "CORRUPT", at],
    ["32 zeros too many as padding", api({ padded: longer }), "TAMPERED", at],
    ["a padding that is not zero", api({ padded: dirty }), "TAMPERED", at],
    ["a nonce that is not synthetic", api({ nonce: Buffer.alloc(12, 7) }), "TAMPERED", at, "a boot does not recompute nonces"],
    ["a line end that does not exist", api({}, lineText(third.commitment.subarray(0, 6), 5, "API_KEY=hunter2")), "TAMPERED", at],
    ["no key id for the value", api({}, lineText(NEVER, 0, "API_KEY=hunter2")), "TAMPERED", at],
    ["two assignments in one token", api({}, lineText(third.commitment.subarray(0, 6), 0, "API_KEY=1\nEVIL=2")), "TAMPERED", at],
    ["another name inside the token", api({}, lineText(third.commitment.subarray(0, 6), 0, "EVIL=2")), "TAMPERED", at],
    ["invalid UTF-8 inside the token", api({}, join(content.subarray(0, 7), lp(Buffer.from("4150495f4b45593dff", "hex")))), "TAMPERED", at],
    ["two tokens exchanged", swap(base, tokenOf("API_KEY"), tokenOf("LAST")), "MOVED_VALUE", at],
    ["two lines exchanged", swap(base, row("API_KEY"), row("DB_URL")), "TAMPERED", at],
    ["a name changed", base.replace("API_KEY=", "API_KEZ="), "MOVED_VALUE", at],
    ["a token under a second name", base.replace("#end ", `COPY=${tokenOf("LAST")}\n\n#end `), "MOVED_VALUE", last],
    ["the first assignment removed", without("API_KEY"), "TAMPERED", lineOf("DB_URL") - 2],
    ["an assignment removed", without("DB_URL"), "TAMPERED", lineOf("PORT") - 2],
    ["the last assignment removed", without("LAST"), "TAMPERED", last - 2],
    ["a comment's token as a value", withToken(comment.slice(2)), "MOVED_VALUE", at],
    ["a value's token as a comment", base.replace(comment, `# ${tokenOf("API_KEY")}`), "MOVED_VALUE", 2, "a boot leaves comments closed"],
    ["a comment's token as the end line", base.replace(end, `#end ${comment.slice(2)}`), "MOVED_VALUE", last],
    ["a secret shown as public", base.replace(row("API_KEY"), `API_KEY='hunter2' # ${tokenOf("API_KEY")}`), "MOVED_VALUE", at],
    ["a public value hidden", base.replace("PORT='3000' # ", "PORT="), "MOVED_VALUE", lineOf("PORT")],
    ["a shown value changed", base.replace("'3000'", "'3001'"), "TAMPERED", lineOf("PORT")],
    ["a token of another vault", withToken(elsewhere({ vaultId: API })), "MOVED_VALUE", at],
    ["a token of another environment", withToken(elsewhere({ key: STAGING, vaultId: STAGE })), "MOVED_VALUE", at],
    ["a token of a key that nobody knows", withToken(elsewhere({ key: UNKNOWN })), "KEY_UNKNOWN", at],
    ["a token of a key below the floor", withToken(elsewhere({ key: oldest })), "BELOW_FLOOR", at],
    ["another version than the key has", withToken(tokenOf("API_KEY").replace("enc:v3", "enc:v2")), "TAMPERED", at],
    [
      "a key id changed to that of an older key",
      withToken(tokenOf("API_KEY").replace(`v3.${third.keyId}`, `v2.${PRODUCTION[1].keyId}`)),
      "CORRUPT",
      at,
    ],
    ["a bit of a token changed", withToken(flipped(tokenOf("API_KEY"))), "TAMPERED", at],
  ];
  return {
    about:
      "Sections 3 to 5: texts of the vault apps/web/.env.production.vault beside the manifest of manifest.json, each refused with this code and line number. " +
      "base is the good one. bootOpens: the boot of an app, which checks less, opens it, and why.",
    base,
    refused: list.map(([about, text, code, line, bootOpens]) => ({ about, code, line, ...(bootOpens && { bootOpens }), vault: text })),
  };
}

function spareBits(token) {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  return token.slice(0, -1) + alphabet[alphabet.indexOf(token.at(-1)) | 1];
}

/** One bit of the ciphertext's last byte, which holds padding: the content still reads, and must not be believed. */
function flipped(token) {
  const head = token.slice(0, token.lastIndexOf(":") + 1);
  const bytes = Buffer.from(token.slice(head.length), "base64url");
  bytes[bytes.length - 1] ^= 1;
  return head + b64u(bytes);
}

function swap(text, one, other) {
  return text.replace(one, "@@").replace(other, one).replace("@@", other);
}

const files = {
  "keys.json": keys(),
  "padding.json": padding(),
  "tokens.json": tokens(),
  "vaults.json": vaults(),
  "manifest.json": await manifest(),
  "keystrings.json": keystrings(),
  "refused.json": refused(),
};
const check = process.argv.includes("--check");
mkdirSync(FOLDER, { recursive: true });
for (const [name, value] of Object.entries(files)) {
  const text = `${JSON.stringify(value, null, 2)}\n`;
  const file = new URL(name, FOLDER);
  const same = existsSync(file) && readFileSync(file, "utf8") === text;
  if (check && !same) process.exitCode = 1;
  if (!check && !same) writeFileSync(file, text);
  console.log(`${name}: ${same ? "unchanged" : check ? "differs" : "written"}`);
}
