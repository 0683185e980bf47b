/** A change of one environment, before its name is put in front. `legal` is false for what no command of envseal ever does, `doubtful` set for what one may do. */
export type Note = [legal: boolean, text: string, doubtful?: true];

export function added(from: readonly string[], to: readonly string[]): string[] {
  const known = new Set(from);
  return to.filter((item) => !known.has(item));
}
