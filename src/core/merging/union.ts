import type { Environment, Manifest } from "../authority/manifest.ts";

/**
 * Several manifests of a project as one for a merge to go on from: what any of them has. What a side lacks of it was removed by that
 * side. Of an environment's keys the newest statement counts: both sides come after each of them.
 * @param manifests at least one
 */
export function unionOf([first, ...others]: readonly [Manifest, ...Manifest[]]): Manifest {
  let one = first;
  for (const other of others) {
    const recipients = { ...other.recipients, ...one.recipients };
    one = { ...one, recipients, environments: joined(one.environments, other.environments), vaults: { ...other.vaults, ...one.vaults } };
  }
  return one;
}

function joined(one: Manifest["environments"], other: Manifest["environments"]): Manifest["environments"] {
  const both = Object.entries(one).map(([name, entry]) => {
    const second = Object.hasOwn(other, name) ? other[name] : undefined;
    return [name, second === undefined ? entry : unionOfTwo(entry, second)] as const;
  });
  return { ...other, ...Object.fromEntries(both) };
}

function unionOfTwo(one: Environment, other: Environment): Environment {
  const [newest, older] = one.statement.revision >= other.statement.revision ? [one, other] : [other, one];
  const all = <T>(pick: (entry: Environment) => readonly T[]) => {
    const items = [...pick(newest), ...pick(older)].map((item) => [JSON.stringify(item), item] as const);
    return [...new Map(items).values()];
  };
  return {
    statement: newest.statement,
    access: { ...older.access, ...newest.access },
    settings: {
      ...newest.settings,
      public: all(({ settings }) => settings.public),
      required: all(({ settings }) => settings.required),
      allow: all(({ settings }) => settings.allow),
    },
  };
}
