import { existsSync, readFileSync } from "node:fs";
import { canonical, sorted } from "./canonical.mjs";
import { accessOf, productionSettings, productionStatement, stagingSettings, stagingStatement } from "./entries.mjs";
import { aead, b64u, hex, hmac, join, lp, named } from "./notation.mjs";
import { people, WHO } from "./people.mjs";
import { formatIdentity, wrapKey } from "./product.mjs";
import { AUTHORITY, by, head, PIN, who } from "./root.mjs";
import { described, following, signed, signerOf } from "./statement.mjs";
import { API, linkKeyOf, manifestKeyOf, PRODUCTION, PROJECT, STAGE, STAGING, WEB } from "./world.mjs";

/** An age file is random: the one in the present vectors stays as long as it is for the same key and recipient. */
function ageFiles(folder) {
  const file = new URL("manifest.json", folder);
  const known = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")).access : [];
  return async (key, recipient) => {
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
const written = (value) => `${listsOnOneRow(JSON.stringify(sorted(value), null, 2))}\n`;

/** @param folder where the present vectors are */
export async function manifest(folder) {
  const wrap = ageFiles(folder);
  const [tags, links, access, statements] = [[], [], [], []];
  const tag = (about, key, input) => {
    const text = `hmac:${key.keyId}:${b64u(hmac(manifestKeyOf(key), input))}`;
    tags.push({ about, keyId: key.keyId, manifestKey: hex(manifestKeyOf(key)), input: hex(input), tag: text });
    return text;
  };
  const link = (key, previous) => {
    const aad = join(lp(key.environment), lp(key.commitment.subarray(0, 6)), lp(previous.commitment.subarray(0, 6)));
    const nonce = named(`link ${key.version}`).subarray(0, 12);
    const sealed = `aead:${b64u(aead(linkKeyOf(key), nonce, previous.dataKey, aad))}`;
    const [from, to, linkKey] = [key.keyId, previous.keyId, hex(linkKeyOf(key))];
    links.push({ environment: key.environment, from, to, linkKey, aad: hex(aad), nonce: hex(nonce), sealed });
    return { [previous.keyId]: sealed };
  };
  const statement = (environment, members, signer) => {
    const made = signed("environment", environment, members, who(signer));
    statements.push(described(`statement of ${environment}`, "environment", environment, made));
    return made;
  };
  const entry = async (key, name, signer, members, waits = false) => {
    const { environment } = key;
    const { name: _, ...made } = signed("access", environment, { name, ...members }, who(signer));
    statements.push(described(`access of ${name} to ${environment}`, "access", environment, { name, ...made }));
    if (waits) return [name, made];
    const { recipient } = members;
    const wrapped = await wrap(key, recipient);
    const input = join("envseal/v1 access", lp(environment), lp(name), lp(recipient), lp(key.commitment));
    access.push({ environment, name, recipient, identity: formatIdentity(WHO[name]), dataKey: hex(key.dataKey), wrapped });
    return [name, { ...made, wrapped, tag: tag(`access of ${name} to ${environment}`, key, input) }];
  };
  const settings = (key, members, about = `settings of ${key.environment}`) => ({
    ...members,
    tag: tag(about, key, join("envseal/v1 settings", lp(key.environment), lp(canonical(members)))),
  });
  const vault = (path, key, id, below, about = `vault ${path}`) => {
    const input = join("envseal/v1 vault", lp(path), lp(key.environment), lp(id), lp(canonical(below ?? {})));
    return [path, { environment: key.environment, id: b64u(id), ...(below && { below }), tag: tag(about, key, input) }];
  };

  const [, second, third] = PRODUCTION;
  const production = {
    statement: statement("production", productionStatement(link), "ci"),
    access: Object.fromEntries([
      await entry(third, "alice", "alice", accessOf("alice", 3)),
      await entry(third, "bob", "alice", accessOf("bob", 3)),
      await entry(third, "ci", "paper", accessOf("ci", 5, "deploy")),
      await entry(third, "paper", "alice", accessOf("paper", 3, "recovery")),
      await entry(third, "dora", "alice", accessOf("dora", 5), true),
    ]),
    // By whoever held the key before: at the floor, so that it still counts.
    settings: settings(second, productionSettings),
  };
  const staging = {
    statement: statement("staging", stagingStatement(), "paper"),
    access: Object.fromEntries([
      await entry(STAGING, "alice", "paper", accessOf("alice", 2)),
      await entry(STAGING, "carol", "alice", accessOf("carol", 2), true),
    ]),
    settings: settings(STAGING, stagingSettings),
  };
  const vaults = Object.fromEntries([
    vault("apps/web/.env.production.vault", third, WEB),
    vault("apps/Büro/.env.production.vault", second, API),
    vault(".env.staging.vault", STAGING, STAGE),
  ]);
  const { recipients, custody } = people(PIN, signerOf);
  const value = {
    envseal: 1,
    project: b64u(PROJECT),
    authority: AUTHORITY,
    recipients,
    environments: { production, staging },
    vaults,
    backup: { verified: "2026-03-02" },
  };

  // What later releases add, all of it at once.
  const groups = { backend: ["bob", "carol"], web: ["bob"] };
  const extending = following([head], { groups, environments: { production: { lowest: 3, extends: "staging" }, staging: { lowest: 2 } } });
  const below = { staging: b64u(STAGE) };
  const laterSettings = { ...productionSettings, revision: 5, inherits: ["SENTRY_*"], expand: { DB_URL: ["DB_HOST", "DB_PORT"] } };
  const [, bob] = await entry(third, "bob", "alice", {
    ...accessOf("bob", 5),
    until: "2027-06-30",
    direct: false,
    groups: ["backend", "web"],
  });
  const later = {
    ...value,
    authority: [...AUTHORITY, by("alice", extending)],
    environments: {
      production: {
        statement: statement("production", { ...productionStatement(link), revision: 6, postQuantum: true }, "alice"),
        access: { ...production.access, bob },
        settings: settings(third, laterSettings, "later settings of production"),
      },
      staging,
    },
    vaults: {
      ...vaults,
      ...Object.fromEntries([vault("apps/web/.env.production.vault", third, WEB, below, "later vault apps/web/.env.production.vault")]),
    },
  };
  const once = (list, nameOf) => list.filter((one, index) => list.findIndex((other) => nameOf(other) === nameOf(one)) === index);
  return {
    about:
      "Section 6: a manifest as it is committed, and how each of its parts was made. The age files are random and frozen. " +
      "later: the same with every member that is reserved; it is read and written, and production does not open.",
    text: written(value),
    later: written(later),
    pin: b64u(PIN),
    dataKeys: [...PRODUCTION, STAGING].map(({ environment, version, keyId, dataKey }) => ({
      environment,
      version,
      keyId,
      dataKey: hex(dataKey),
    })),
    statements,
    tags: once(tags, (one) => one.about),
    links: once(links, (one) => one.from),
    access: once(access, (one) => `${one.environment} ${one.name}`),
    custody,
  };
}
