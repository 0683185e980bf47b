import { ownMember } from "../../core/authority/authority.ts";
import { entryOf, environmentEntries, headOf } from "../../core/authority/authority-of.ts";
import type { Manifest } from "../../core/authority/manifest.ts";
import { isAtOrAboveFloor } from "../../core/authority/reachable-keys.ts";
import { countsIn, marksOf } from "../../core/keys/holders.ts";
import { isOfSameRoot } from "../../workspace/former-access.ts";
import type { Project } from "../../workspace/project.ts";
import { earlierManifests } from "../history/keys.ts";

/** Whoever is to lose access, as far as an admin ever signed it: what is claimed could be anybody's. */
export interface Leaver {
  /** The recipients that the name stands for: those of today; or where no entry counts any more, those of before. */
  recipients: ReadonlySet<string>;
  /** True where they opened an environment once under a key that is accepted still. */
  held: (environment: string) => boolean;
}

/**
 * A leaver may have taken their own entries out of the list, all of them: nobody signs that. What they held is in history, in whatever
 * branch and folder it stood, under the name, the recipient or the signing key.
 */
export async function leaverOf(project: Project, name: string): Promise<Leaver> {
  const { manifest } = project;
  const past = (await earlierManifests(project)).filter((one) => isOfSameRoot(manifest, one));
  const own = new Set([manifest, ...past].flatMap((one) => signedAs(one, name).flatMap((entry) => marksOf(name, entry))));
  const today = recipientsOf(signedAs(manifest, name));
  // Whom another name stands for now with another identity is somebody else.
  for (const mark of marksOfOthers(manifest, name, today)) own.delete(mark);
  const before = recipientsOf(past.flatMap((one) => signedAs(one, name))).filter((recipient) => own.has(recipient));
  return {
    recipients: new Set(today.length > 0 ? today : before),
    held: (environment) => past.some((earlier) => opened(earlier, manifest, environment, own)),
  };
}

interface Signed {
  recipient: string;
  signer?: string;
}

/** What the manifest's admins signed of a name: entries that count, and the role of an admin. */
function signedAs(manifest: Manifest, name: string): Signed[] {
  const entries = environmentEntries(manifest).flatMap(([environment, { access }]) => {
    const entry = ownMember(access, name);
    return entry !== undefined && countsIn(manifest, environment, name, entry) ? [entry] : [];
  });
  const admin = ownMember(headOf(manifest).admins, name);
  return admin === undefined ? entries : [...entries, admin];
}

function recipientsOf(signed: readonly Signed[]): string[] {
  return signed.map(({ recipient }) => recipient);
}

function marksOfOthers(manifest: Manifest, name: string, same: readonly string[]): string[] {
  return environmentEntries(manifest).flatMap(([environment, { access }]) =>
    Object.entries(access).flatMap(([other, entry]) =>
      other !== name && !same.includes(entry.recipient) && countsIn(manifest, environment, other, entry) ? marksOf(other, entry) : [],
    ),
  );
}

function opened(earlier: Manifest, now: Manifest, environment: string, own: ReadonlySet<string>): boolean {
  const [was, is] = [entryOf(earlier, environment), entryOf(now, environment)];
  if (was === undefined || is === undefined || !isAtOrAboveFloor(is.statement, was.statement.active)) return false;
  const isOwn = ({ recipient, signer }: Signed) => own.has(recipient) || (signer !== undefined && own.has(signer));
  return Object.entries(was.access).some(([name, entry]) => isOwn(entry) && countsIn(earlier, environment, name, entry));
}
