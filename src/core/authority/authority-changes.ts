import { b64u } from "../bytes.ts";
import type { AuthorityStatement } from "./authority.ts";
import { authorityOf } from "./authority-of.ts";
import type { Manifest } from "./manifest.ts";
import { type StatementSigner, signStatement } from "./statement.ts";

/** Everything in an authority's statement that people decide. */
export type AuthorityMembers = Omit<AuthorityStatement, "revision" | "previous" | "signatures">;

/** A manifest with the first statement of a new authority, signed by one of its admins, and nothing else. */
export function newProject(projectId: Uint8Array, members: AuthorityMembers, signer: StatementSigner): Manifest {
  const project = b64u(projectId);
  return { envseal: 1, project, authority: [firstStatement(project, members, signer)], recipients: {}, environments: {}, vaults: {} };
}

export function firstStatement(project: string, members: AuthorityMembers, signer: StatementSigner): AuthorityStatement {
  return signStatement("authority", { project, environment: "" }, { ...members, revision: 1, previous: [] }, signer);
}

/** The manifest with one more statement of its authority: what is in force with these members in place of its own. */
export function withAuthority(manifest: Manifest, members: Partial<AuthorityMembers>, signer: StatementSigner): Manifest {
  const { head, headDigest } = authorityOf(manifest);
  const { signatures: _, ...before } = head;
  const next = withoutEmpty({ ...before, ...members, revision: head.revision + 1, previous: [headDigest] });
  return { ...manifest, authority: [...manifest.authority, signStatement("authority", scopeOf(manifest), next, signer)] };
}

/** A joined statement, which names two. */
export function withJoined(
  manifest: Manifest,
  statement: Omit<AuthorityStatement, "signatures">,
  signer: StatementSigner,
): AuthorityStatement {
  return signStatement("authority", scopeOf(manifest), withoutEmpty(statement), signer);
}

const scopeOf = ({ project }: Manifest) => ({ project, environment: "" });

/** `groups` and `gone` are left out where there are none. */
function withoutEmpty<T extends Pick<AuthorityStatement, "groups" | "gone">>({
  groups,
  gone,
  ...rest
}: T): Omit<T, "groups" | "gone"> & Pick<AuthorityStatement, "groups" | "gone"> {
  return {
    ...rest,
    ...(groups !== undefined && Object.keys(groups).length > 0 && { groups }),
    ...(gone !== undefined && Object.keys(gone).length > 0 && { gone }),
  };
}
