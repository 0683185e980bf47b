/** A few checks that describe the manifest's shape. A check returns what is wrong and where, or null. */
export type Check = (value: unknown, at: string) => string | null;

export const text =
  (pattern: RegExp, what: string): Check =>
  (value, at) =>
    typeof value === "string" && pattern.test(value) ? null : `${at} is not ${what}`;

export const oneOf =
  (...allowed: readonly (string | boolean)[]): Check =>
  (value, at) =>
    allowed.includes(value as string) ? null : `${at} is none of ${allowed.join(", ")}`;

export const integer =
  (min: number, max: number): Check =>
  (value, at) =>
    Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max
      ? null
      : `${at} is not an integer from ${min} to ${max}`;

export const list =
  (item: Check): Check =>
  (value, at) => {
    if (!Array.isArray(value)) return `${at} is not a list`;
    for (let index = 0; index < value.length; index++) {
      const problem = item(value[index], `${at}[${index}]`);
      if (problem !== null) return problem;
    }
    return null;
  };

/** An object with free member names, each of which `key` describes. */
export const record =
  (key: Check, member: Check, most = Number.POSITIVE_INFINITY): Check =>
  (value, at) => {
    if (!isObject(value)) return `${at} is not an object`;
    const names = Object.keys(value);
    if (names.length > most) return `${at} has more than ${most} members`;
    for (const name of names) {
      const problem = key(name, `${at} has a member whose name`) ?? member(value[name], `${at}.${name}`);
      if (problem !== null) return problem;
    }
    return null;
  };

/** An object with exactly these members; a name that ends in `?` may be missing. Unknown ones are refused. */
export function object(members: Record<string, Check>): Check {
  const checks = new Map<string, Check>();
  const required: string[] = [];
  for (const [name, check] of Object.entries(members)) {
    const optional = name.endsWith("?");
    checks.set(optional ? name.slice(0, -1) : name, check);
    if (!optional) required.push(name);
  }
  return (value, at) => {
    if (!isObject(value)) return `${at} is not an object`;
    for (const name of required) if (!Object.hasOwn(value, name)) return `${at} has no "${name}"`;
    for (const name of Object.keys(value)) {
      const check = checks.get(name);
      const problem = check === undefined ? `${at} has a member that format 1 does not know` : check(value[name], `${at}.${name}`);
      if (problem !== null) return problem;
    }
    return null;
  };
}

/** An object whose other members depend on one of them. */
export function variants(tag: string, shapes: Record<string, Record<string, Check>>): Check {
  const checks = new Map(Object.entries(shapes).map(([kind, members]) => [kind, object({ [tag]: oneOf(kind), ...members })]));
  return (value, at) => {
    const kind = isObject(value) ? value[tag] : undefined;
    const check = checks.get(kind as string);
    return check === undefined ? `${at}.${tag} is none of ${[...checks.keys()].join(", ")}` : check(value, at);
  };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
