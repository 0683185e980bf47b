/**
 * A message of plain words need not be searched where every needle would show as something else: as a long word, or as a
 * word of some length with a letter that plain words do not have. hooks/run looks for such words in the shell (the same numbers).
 */
const LONG = 16;
const ODD_LENGTH = 8;
const ODD = /[^A-Za-z.,:;()"!?-]/;

/** True where no plain words can hold the needle. @param needle one letter a byte */
export function showsAmongWords(needle: string): boolean {
  return needle.split(/\s/).some((word) => word.length >= LONG || (word.length >= ODD_LENGTH && ODD.test(word)));
}
