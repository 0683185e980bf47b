import { environmentEntries, environmentNames } from "../../core/authority/authority-of.ts";
import { environmentOption } from "../../core/authority/environment-option.ts";
import type { Manifest } from "../../core/authority/manifest.ts";
import { waitingFor } from "../../core/keys/entry-state.ts";
import { outdatedEntries } from "../../core/keys/fence.ts";
import { plain } from "../../ui/output.ts";
import { adminRuns, orAsk } from "../../workspace/advice.ts";
import { inGit, type Project } from "../../workspace/project.ts";
import type { Role } from "../../workspace/role-here.ts";
import { adminsWithoutWords } from "../access/recovery-words.ts";
import { requestsOf } from "../access/requests.ts";
import { vanishedAccess } from "../check/vanished-access.ts";

/** Whoever reads the notes: a command is given to those who can run it, the others are told whom to ask. */
export interface Reader {
  name: string;
  role: Role;
  /** The environments that their key opens. */
  opens: ReadonlySet<string>;
}

/** Requests that wait, access that waits or counts no more, and who could still decide if one identity were lost. */
export function accessNotes(project: Project, reader: Reader): string[] {
  const { manifest } = project;
  return [
    ...requests(project, reader),
    ...waiting(manifest, reader),
    ...outdated(manifest, reader),
    ...vanished(project, reader),
    ...loneAdmin(manifest, reader),
  ];
}

function requests(project: Project, reader: Reader): string[] {
  const { manifest } = project;
  const { asking, former } = requestsOf(project);
  const isAdmin = reader.role === "admin";
  return [
    ...asking.map((name) => {
      const advice = adminRuns(manifest, reader, `envseal grant ${plain(name)}${environmentOption(manifest)}`);
      if (name === reader.name) return `you asked for access as ${plain(name)}: compare the fingerprint (envseal recipients) and ${advice}`;
      return `${plain(name)} asks for access: ${isAdmin ? "compare the fingerprint (envseal recipients), then " : ""}${advice}`;
    }),
    ...former.map((name) => `${plain(name)} had access once and has none: envseal revoke ${plain(name)} --request takes the entry out`),
  ];
}

function waiting(manifest: Manifest, { opens }: Reader): string[] {
  return environmentEntries(manifest).flatMap(([environment]) => {
    const { names, holders } = waitingFor(manifest, environment);
    const advice = orAsk(opens.has(environment), holders, "envseal sync");
    return names.map((name) => `${plain(name)} waits for the key of ${environment}: ${advice}`);
  });
}

function outdated(manifest: Manifest, reader: Reader): string[] {
  return environmentNames(manifest).flatMap((environment) =>
    outdatedEntries(manifest, environment).map(
      (name) =>
        `the access of ${plain(name)} to ${environment} was signed before somebody lost access, and does not count; where it should: ${adminRuns(manifest, reader, `envseal grant ${plain(name)} -e ${environment}`)}`,
    ),
  );
}

function vanished(project: Project, reader: Reader): string[] {
  const { manifest } = project;
  return (inGit(project) ? vanishedAccess(project, manifest) : []).map(
    ({ environment, name }) =>
      `the access entry of ${plain(name)} to ${environment} is gone, and no admin ended it: whoever puts it back gets the key again; to end it: ${adminRuns(manifest, reader, `envseal revoke ${plain(name)}`)}`,
  );
}

function loneAdmin(manifest: Manifest, { role }: Reader): string[] {
  const { people, otherwise } = adminsWithoutWords(manifest);
  const [only, second] = people;
  if (only === undefined || second !== undefined) return [];
  const entries = environmentEntries(manifest).flatMap(([, { access }]) => Object.entries(access));
  const others = new Set(entries.filter(([, { kind }]) => kind === "person").map(([name]) => name));
  if (others.size < 2) return [];
  const advice = role === "admin" ? " (envseal grant NAME --admin)" : "";
  return [`${plain(only)} is the only admin: with that identity lost, ${otherwise}${advice}`];
}
