// The environments of the vectors' manifest: statements, settings and access, before anything is tagged or wrapped.
import { b64u } from "./notation.mjs";
import { WHO } from "./people.mjs";
import { recipientOf } from "./product.mjs";
import { PRODUCTION, STAGING } from "./world.mjs";

const [first, second, third] = PRODUCTION;
const [one, two, three] = ["2026-01-01T00:00:00Z", "2026-02-01T09:30:00Z", "2026-03-01T00:00:00Z"];

const keyEntry = (key, revision, state, created, reason, links, history) => ({
  version: key.version,
  revision,
  state,
  created,
  commitment: `hkdf:${b64u(key.commitment)}`,
  reason,
  links,
  history,
});

/** @param link makes `{ [key id]: sealed }` from a key to the one before it */
export const productionStatement = (link) => ({
  revision: 5,
  active: third.keyId,
  floor: second.keyId,
  keys: {
    [first.keyId]: keyEntry(first, 1, "compromised", one, "created", {}, [
      { state: "active", at: one },
      { state: "deactivated", at: two, reason: "offboarding" },
      { state: "compromised", at: three, reason: "found in a paste: “old” laptop, naïve copy 🔑" },
    ]),
    [second.keyId]: keyEntry(second, 3, "deactivated", two, "offboarding", link(second, first), [
      { state: "active", at: two },
      { state: "deactivated", at: three, reason: "scheduled" },
    ]),
    [third.keyId]: keyEntry(third, 4, "active", three, "scheduled", link(third, second), [{ state: "active", at: three }]),
  },
});
export const stagingStatement = () => ({
  revision: 2,
  active: STAGING.keyId,
  floor: STAGING.keyId,
  keys: { [STAGING.keyId]: keyEntry(STAGING, 1, "active", one, "created", {}, [{ state: "active", at: one }]) },
});

export const productionSettings = {
  revision: 4,
  public: ["PORT", "NEXT_PUBLIC_*"],
  required: ["API_KEY", "DB_URL"],
  allow: [{ rule: "leak", path: "docs/<example>.md", reason: 'a "quoted" \\ reason, € and 🔑', expires: "2027-01-01" }],
  cryptoperiodDays: 365,
  owner: "team-web@example.com",
  purpose: "the shop, as customers see it",
};
export const stagingSettings = { revision: 1, public: [], required: [], allow: [], cryptoperiodDays: 90 };

/** What an admin signs of one entry, without `name`. */
export const accessOf = (name, since, kind = "person") => ({ recipient: recipientOf(WHO[name]), kind, since, direct: true });
