import { fingerprint } from "../../../age/fingerprint.ts";
import type { Context } from "../../../context.ts";
import { ownMember } from "../../../core/authority/authority.ts";
import { environmentEntries, environmentOf, headOf } from "../../../core/authority/authority-of.ts";
import type { Manifest } from "../../../core/authority/manifest.ts";
import { type EntryState, entryState } from "../../../core/keys/entry-state.ts";
import type { Keyring } from "../../../core/keys/keyring.ts";
import { fitting } from "../../../ui/fitting.ts";
import { json, line, plain, say, warn } from "../../../ui/output.ts";
import { authenticateManifest } from "../../../workspace/authenticate-manifest.ts";
import { openProject } from "../../../workspace/project.ts";
import { requestsOf } from "../requests.ts";

/** Who can open what, in which role, since when and who signed that; with -e, who can open that environment. */
export function run(context: Context): void {
  const project = openProject(context);
  const { manifest, path } = project;
  const { findings, unseen, keyrings } = authenticateManifest(path, null, manifest, context);
  const { environment: asked } = context;
  if (asked !== undefined) environmentOf(manifest, asked);
  const entries = namesIn(manifest)
    .map((name) => describe(manifest, name, keyrings))
    .filter(({ environments }) => asked === undefined || environments.some(({ environment }) => environment === asked));
  for (const { message } of findings) warn(message);
  if (unseen.length > 0)
    say(context, `not verified, since the key at hand does not open it: who holds the key of ${unseen.map(plain).join(", ")}`);
  if (context.json) return json(entries);
  const { former } = requestsOf(project);
  const rows = entries.map(({ name, role, kind, environments, added, custody, fingerprint: print }) => [
    plain(name),
    role,
    kind,
    environments.map(({ environment, state }) => (state === "ok" ? environment : `${environment} (${state})`)).join(", ") ||
      (former.includes(name) ? "ended" : "asks for access"),
    added ?? "unknown",
    [...new Set(environments.map(({ signedBy }) => plain(signedBy)))].join(", ") || "-",
    custody,
    print,
  ]);
  line(fitting([["NAME", "ROLE", "KIND", "ACCESS", "SINCE", "SIGNED BY", "CUSTODY", "FINGERPRINT"], ...rows]));
}

/** Everybody whom an entry, the authority or a request names. */
function namesIn(manifest: Manifest): string[] {
  const { admins, rotators } = headOf(manifest);
  const holders = environmentEntries(manifest).flatMap(([, { access }]) => Object.keys(access));
  return [...new Set([...Object.keys(admins), ...Object.keys(rotators), ...holders, ...Object.keys(manifest.recipients)])].sort();
}

function describe(manifest: Manifest, name: string, keyrings: readonly Keyring[]) {
  const { admins, rotators } = headOf(manifest);
  const claimed = ownMember(manifest.recipients, name);
  const held = environmentEntries(manifest).flatMap(([environment, { access }]) => {
    const entry = ownMember(access, name);
    return entry === undefined ? [] : [{ environment, entry }];
  });
  const admin = ownMember(admins, name);
  const rotator = ownMember(rotators, name);
  const recipient = held[0]?.entry.recipient ?? admin?.recipient ?? claimed?.recipient ?? "";
  const compared = held.find(({ entry }) => entry.signer !== undefined)?.entry.signer;
  const signer = admin?.signer ?? rotator?.signer ?? compared ?? (claimed?.recipient === recipient ? claimed.signer : undefined);
  const claims = claimed?.recipient === recipient ? claimed : undefined;
  return {
    name,
    role: admin !== undefined ? "admin" : rotator !== undefined ? `rotator (${rotator.environments.join(", ")})` : "member",
    kind: held[0]?.entry.kind ?? "person",
    environments: held.map(({ environment, entry }) => ({
      environment,
      since: entry.since,
      signedBy: Object.keys(entry.signatures)[0] ?? "",
      state: stateOf(manifest, environment, name, keyrings),
    })),
    added: claims?.added ?? null,
    custody: claims?.custody?.kind ?? "unknown",
    fingerprint: fingerprint({ recipient, signer }),
    recipient,
    signer: signer ?? null,
  };
}

/** With the key, all of it; without, what the signatures say. */
function stateOf(manifest: Manifest, environment: string, name: string, keyrings: readonly Keyring[]): EntryState {
  const state = keyrings.find((ring) => ring.environment === environment)?.accessState(name);
  return state === "genuine" ? "ok" : (state ?? entryState(manifest, environment, name));
}
