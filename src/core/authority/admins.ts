import { accessProblem } from "./access-entry.ts";
import { environmentEntries, headOf, scopeOf } from "./authority-of.ts";
import type { Manifest } from "./manifest.ts";

/** The admins who can be asked for something, sorted: recovery words cannot, and are named only where they alone decide. */
export function adminsToAsk(manifest: Manifest): string[] {
  const head = headOf(manifest);
  const admins = Object.keys(head.admins).sort();
  const isWords = (name: string) =>
    environmentEntries(manifest).some(([environment, { access, statement }]) => {
      const entry = access[name];
      return entry?.kind === "recovery" && accessProblem(head, scopeOf(manifest, environment), statement.revision, name, entry) === null;
    });
  const people = admins.filter((name) => !isWords(name));
  return people.length > 0 ? people : admins;
}

/** Such as `ada or eve`. */
export function oneOf(names: readonly string[]): string {
  return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} or ${names.at(-1)}`;
}
