import { existsSync, readFileSync } from "node:fs";
import { canonical, sorted } from "./canonical.mjs";
import { aead, b64u, hex, hmac, join, lp, named } from "./notation.mjs";
import { people, WHO } from "./people.mjs";
import { formatIdentity, recipientOf, wrapKey } from "./product.mjs";
import { API, linkKeyOf, manifestKeyOf, PRODUCTION, PROJECT, STAGE, STAGING, WEB } from "./world.mjs";

/** An age file is random: the one in the present vectors stays as long as it is for the same key and recipient. */
function ageFiles(folder) {
  const file = new URL("manifest.json", folder);
  const known = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")).access : [];
  return async (key, name) => {
    const recipient = recipientOf(WHO[name]);
    const kept = known.find((one) => one.recipient === recipient && one.dataKey === hex(key.dataKey));
    return kept?.wrapped ?? `age:${b64u(await wrapKey(key.dataKey, recipient))}`;
  };
}

/** A list of strings stands on one row where that has at most 80 columns. */
function listsOnOneRow(text) {
  return text.replace(/^(.*)\[\n((?:\s+"(?:[^"\\]|\\.)*",?\n)+)\s*\](,?)$/gm, (rows, start, items, comma) => {
    const row = `${start}[${items
      .trim()
      .split(/,\n\s*/)
      .join(", ")}]${comma}`;
    return row.length <= 80 ? row : rows;
  });
}

/** @param folder where the present vectors are */
export async function manifest(folder) {
  const wrap = ageFiles(folder);
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
  const { recipients, custody } = people();
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
    text: `${listsOnOneRow(JSON.stringify(sorted(value), null, 2))}\n`,
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
    custody,
  };
}
