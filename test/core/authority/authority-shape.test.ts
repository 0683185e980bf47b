import { describe, expect, it } from "vitest";
import type { AuthorityStatement } from "../../../src/core/authority/authority.ts";
import { authorityShape } from "../../../src/core/authority/authority-shape.ts";
import { b64u } from "../../../src/core/bytes.ts";
import { MAX_ENVIRONMENTS, MAX_GONE, MAX_SIGNERS, MAX_STATEMENTS } from "../../../src/core/limits.ts";
import { adminsOf, first, following, person, signedBy } from "../../support/authority.ts";

const [ada, bob, night] = [person("ada", 1), person("bob", 2), person("night", 3)];
const root = signedBy(ada, first(ada));
const full: AuthorityStatement = signedBy(
  ada,
  following([root], {
    admins: adminsOf(ada, bob),
    groups: { backend: ["ada", "bob"] },
    rotators: { night: { signer: night.signer, environments: ["default", "production"] } },
    environments: { default: { lowest: 1 }, production: { lowest: 3, extends: "default" } },
    gone: { staging: { revision: 7, became: "default" } },
  }),
);
/** Whether they are on the curve is not asked of a shape. */
const signerNumber = (index: number) =>
  `ed25519:${b64u(Uint8Array.from({ length: 32 }, (_, at) => [5, index & 255, index >> 8][at] ?? 0))}`;
const said = (...statements: unknown[]) => authorityShape(statements, "authority") ?? "accepted";
const changed = (change: object) => said({ ...full, ...change });
const signer = (key: string) => ({ admins: { ada: { recipient: ada.recipient, signer: key } } });

describe("the shape of the authority", () => {
  it("is a list of statements", () => {
    expect(said(root, full)).toBe("accepted");
    expect(authorityShape({}, "authority")).toBe("authority is not a list");
    expect(said(...new Array(MAX_STATEMENTS + 1).fill(root))).toContain(`more than ${MAX_STATEMENTS}`);
  });

  it("has bounds that any list stays within, and none may go beyond", () => {
    const { ada: own } = full.admins as { ada: { recipient: string; signer: string } };
    const signers = Array.from({ length: MAX_SIGNERS + 1 }, (_, index) => signerNumber(index));
    const admins = (count: number) => Object.fromEntries(signers.slice(0, count).map((key, at) => [`a${at}`, { ...own, signer: key }]));
    const rotator = { night: { signer: night.signer, environments: ["default"] } };
    expect(changed({ rotators: {}, admins: admins(MAX_SIGNERS) })).toBe("accepted");
    expect(changed({ rotators: {}, admins: admins(MAX_SIGNERS + 1) })).toContain(`more than ${MAX_SIGNERS} members`);
    expect(changed({ rotators: rotator, admins: admins(MAX_SIGNERS - 1) })).toBe("accepted");
    expect(changed({ rotators: rotator, admins: admins(MAX_SIGNERS) })).toContain(`more than ${MAX_SIGNERS} admins and rotators`);
    const many = <T>(count: number, value: T) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`e${index}`, value]));
    const environments = (count: number) => changed({ environments: { ...full.environments, ...many(count - 2, { lowest: 1 }) } });
    expect(environments(MAX_ENVIRONMENTS)).toBe("accepted");
    expect(environments(MAX_ENVIRONMENTS + 1)).toContain(`environments has more than ${MAX_ENVIRONMENTS} members`);
    expect(changed({ gone: many(MAX_GONE, { revision: 1 }) })).toBe("accepted");
    expect(changed({ gone: many(MAX_GONE + 1, { revision: 1 }) })).toContain(`gone has more than ${MAX_GONE} members`);
  });

  const zero = "A".repeat(43);
  const chain = Object.fromEntries(
    Array.from({ length: 10 }, (_, index) => [`e${index}`, { lowest: 1, ...(index < 9 && { extends: `e${index + 1}` }) }]),
  );
  it.each<[string, object, string]>([
    ["a revision of 0", { revision: 0 }, "revision"],
    ["an unknown member", { until: "2027-01-01" }, "does not know"],
    ["no admins", { admins: {} }, "admins is empty"],
    ["a signer of small order", signer(`ed25519:${zero}`), "signing key"],
    ["a signer with padding", signer(`ed25519:${zero}=`), "signing key"],
    ["a signer of another kind", signer(ada.signer.replace("ed25519", "ecdsa")), "signing key"],
    ["one key under two names", { admins: { ...full.admins, eve: full.admins.ada } }, "one signing key to two names"],
    [
      "a rotator with an admin's key",
      { rotators: { night: { signer: ada.signer, environments: ["default"] } } },
      "one signing key to two names",
    ],
    [
      "a name that is admin and rotator",
      { rotators: { ada: { signer: night.signer, environments: ["default"] } } },
      "an admin and a rotator",
    ],
    ["a rotator of nothing", { rotators: { night: { signer: night.signer, environments: [] } } }, "1 to 256"],
    ["a rotator of what is not there", { rotators: { night: { signer: night.signer, environments: ["preview"] } } }, "not there"],
    ["a list out of order", { rotators: { night: { signer: night.signer, environments: ["production", "default"] } } }, "not sorted"],
    ["a name twice", { groups: { backend: ["ada", "ada"] } }, "names one twice"],
    ["empty groups", { groups: {} }, "groups is empty"],
    ["nothing gone", { gone: {} }, "gone is empty"],
    ["an environment that is there and gone", { gone: { default: { revision: 1 } } }, "says that it is gone"],
    ["what became of an environment, unknown", { gone: { staging: { revision: 7, became: "preview" } } }, "never was"],
    [
      "an environment on one that is not there",
      { environments: { ...full.environments, default: { lowest: 1, extends: "base" } } },
      "extends",
    ],
    [
      "environments in a circle",
      { environments: { default: { lowest: 1, extends: "production" }, production: { lowest: 1, extends: "default" } } },
      "extends",
    ],
    ["ten environments on each other", { environments: { ...full.environments, ...chain } }, "extends"],
    ["three earlier statements", { previous: ["a", "b", "c"] }, "sha256"],
    ["one earlier statement twice", { previous: [full.previous[0], full.previous[0]] }, "names one twice"],
    ["two signatures", { signatures: { ...full.signatures, bob: full.signatures.ada } }, "exactly one member"],
    ["no signature", { signatures: {} }, "exactly one member"],
    ["a signature cut short", { signatures: { ada: (full.signatures.ada as string).slice(0, -2) } }, "64 bytes"],
  ])("refuses %s", (_, change, message) => expect(changed(change)).toContain(message));

  it("lets nine environments lie on each other", () => {
    const { e0: _, ...nine } = chain;
    expect(changed({ environments: { ...full.environments, ...nine } })).toBe("accepted");
  });
});
