import type { ActName } from "./acts.ts";
import type { Outcome } from "./play.ts";
import type { Way } from "./ways.ts";
import type { Role } from "./world.ts";

/** What everybody says of one act of somebody: their own command, the hooks of their commit, and of each way to main. */
export interface Expected {
  cli: string;
  commit: string;
  ways: Record<Way, Outcome | Untested>;
}
/** Why there is nothing to be seen. */
type Untested = string;

const OK = { get: "ok", loader: "ok", push: "ok", check: "ok" };
const TAKEN: Outcome = { git: "clean", done: true, ...OK };
/** Both sides sealed, and one under a new key: a person says that what the older one sealed is a colleague's. */
const RESOLVED: Outcome = { ...TAKEN, git: "conflict", resolve: "NEEDS_TERMINAL, ok, ok" };
/** git stops, and nothing comes to main. */
const STOPPED: Outcome = { git: "conflict", done: false, ...OK };

/** Made by hand: readers refuse it or it gives nothing, and everybody who looks finds it. */
const found = (rules: string, more: Partial<Outcome> = {}): Outcome => ({ ...TAKEN, git: rules, push: rules, check: rules, ...more });
const refused = (rules: string, more: Partial<Outcome> = {}) =>
  found(rules, { get: "FORGED_MANIFEST", loader: "FORGED_MANIFEST", ...more });

interface Ways {
  brought: Outcome;
  /** A web site asks no hook and no driver. */
  web?: Outcome;
  revert: Outcome | Untested;
}
const row = (cli: string, commit: string, { brought, web = { ...brought, git: "clean" }, revert }: Ways): Expected => ({
  cli,
  commit,
  ways: { merge: brought, "web merge": web, squash: brought, rebase: brought, "cherry-pick": brought, revert },
});

/** A revert takes back what nobody takes back like that. */
const PUT_BACK = found("manifest-change", { done: false });
/** Whoever reverts a change of a value makes the same token as whoever rolls a secret back. */
const OLD_TOKEN: Outcome = { ...TAKEN, push: "old-token", check: "old-token" };
/** The vault stays under the newer key, and the manifest alone would be the older one. */
const KEPT = { ...STOPPED, done: true, resolve: "NEEDS_TERMINAL, DIVERGED" };
/** Nobody can tell which: a person says `--ours` or `--theirs`. */
const ASKED = { ...KEPT, resolve: "NEEDS_TERMINAL, NEEDS_TERMINAL" };
/** A rotation alone is taken back as text: vaults and manifest do not go together any more. */
const TORN = found("forged-vault manifest-change", { done: false, get: "KEY_UNKNOWN", loader: "KEY_UNKNOWN" });

const GRANT = { brought: { ...TAKEN, them: "ok" }, revert: { ...PUT_BACK, them: "ok" } };
const SET = { brought: { ...TAKEN, get: "ok new", loader: "ok new" }, revert: OLD_TOKEN };
const ROTATE = { brought: TAKEN, web: STOPPED, revert: TORN };
const ROLE = { brought: TAKEN, revert: PUT_BACK };

/** By hand, by whoever may not. Where it is on main all the same, taking it back passes, or looks like taking back what is genuine. */
const forged = (cli: string, hasKey: boolean): Record<ActName, Expected> => {
  const authority = "forged-authority forged-manifest";
  return {
    grant: row(cli, "forged-access", {
      brought: found("forged-access", { them: hasKey ? "FORGED_ACCESS" : "NO_ACCESS" }),
      revert: { ...TAKEN, done: false, them: "NO_ACCESS" },
    }),
    // What is only left out takes nothing from who has the key.
    revoke: row(cli, "manifest-change", {
      brought: found("manifest-change", { them: "ok" }),
      revert: { ...TAKEN, done: false, them: "ok" },
    }),
    rotate: row(cli, "forged-manifest", { brought: refused("forged-manifest", { done: hasKey }), revert: PUT_BACK }),
    role: row(cli, hasKey ? authority : "forged-authority", {
      brought: refused(authority, { check: "forged-authority" }),
      revert: PUT_BACK,
    }),
    "env add": row(cli, authority, { brought: refused(authority), revert: PUT_BACK }),
    "env remove": row(cli, hasKey ? authority : "forged-authority", {
      brought: refused(authority, { check: "forged-authority" }),
      revert: { ...PUT_BACK, check: "forged-manifest manifest-change" },
    }),
    // Whether a token is genuine takes a key: a stranger's commit and a fork's CI do not see it.
    "set a value": row(cli, "ok", {
      brought: found("forged-vault", { get: "TAMPERED", loader: "TAMPERED", check: "ok" }),
      revert: { ...OLD_TOKEN, done: false },
    }),
    floor: row(cli, "forged-manifest", { brought: refused("forged-manifest"), revert: PUT_BACK }),
  };
};

const ADMIN: Record<ActName, Expected> = {
  grant: row("ok", "ok", GRANT),
  revoke: row("ok", "ok", {
    brought: { ...RESOLVED, them: "NO_ACCESS" },
    web: { ...STOPPED, them: "ok" },
    revert: { ...KEPT, them: "NO_ACCESS" },
  }),
  rotate: row("ok", "ok", ROTATE),
  role: row("ok", "ok", ROLE),
  "env add": row("ok", "ok", ROLE),
  "env remove": row("ok", "ok", { ...ROLE, revert: { ...PUT_BACK, check: "forged-manifest manifest-change" } }),
  "set a value": row("ok", "ok", SET),
  floor: row("ok", "ok", { brought: RESOLVED, web: STOPPED, revert: KEPT }),
};

/** As far as a rotator gets; an admin ends it. */
const LEFT_OUT: Expected = { ...ADMIN.revoke, cli: "NEEDS_ADMIN" };

/** Eve's own commands and hooks know nothing of what main did meanwhile. What was hers alone is for a person to say yes to. */
const EVE: Record<ActName, Expected> = {
  grant: row("ok", "ok", {
    brought: { ...RESOLVED, them: "ok" },
    web: { ...found("forged-access"), git: "clean", them: "WRONG_KEY" },
    revert: { ...PUT_BACK, them: "ok" },
  }),
  revoke: row("ok", "ok", {
    brought: { ...RESOLVED, them: "NO_ACCESS" },
    web: { ...STOPPED, them: "ok" },
    revert: { ...ASKED, them: "NO_ACCESS" },
  }),
  rotate: row("ok", "ok", { brought: RESOLVED, web: { ...STOPPED, done: true }, revert: ASKED }),
  // Main signed it anew when it took her role: nothing is left to be taken back.
  role: row("ok", "ok", { brought: RESOLVED, web: STOPPED, revert: { ...TAKEN, git: "exit 1" } }),
  "env add": row("ok", "ok", { brought: RESOLVED, web: STOPPED, revert: "she alone opens it, so that she cannot be revoked yet" }),
  "env remove": row("ok", "ok", { brought: RESOLVED, web: STOPPED, revert: found("forged-vault") }),
  "set a value": row("ok", "ok", {
    brought: { ...RESOLVED, get: "ok new", loader: "ok new" },
    web: { ...STOPPED, done: true },
    revert: RESOLVED,
  }),
  floor: row("ok", "ok", { brought: RESOLVED, web: { ...STOPPED, done: true }, revert: ASKED }),
};

const MAY_ROTATE = { revoke: LEFT_OUT, rotate: ADMIN.rotate, floor: ADMIN.floor };
const MAY_SEAL = { "set a value": ADMIN["set a value"] };

export const TABLE: Record<Role, Record<ActName, Expected>> = {
  admin: ADMIN,
  rotator: { ...forged("NEEDS_ADMIN", true), ...MAY_ROTATE, ...MAY_SEAL },
  member: { ...forged("NEEDS_ADMIN", true), ...MAY_SEAL },
  "deploy key": { ...forged("NEEDS_ADMIN", true), ...MAY_SEAL },
  "removed admin": EVE,
  nobody: forged("NO_KEY", false),
};
