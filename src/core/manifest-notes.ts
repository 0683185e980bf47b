/** A change of one environment, before its name is put in front. `legal` is false for what no command of envseal ever does. */
export type Note = [legal: boolean, text: string];

export function added(from: readonly string[], to: readonly string[]): string[] {
  const known = new Set(from);
  return to.filter((item) => !known.has(item));
}
