/** One attack, what envseal does, and the tests that carry it out. */
export interface Row {
  id: string;
  attack: string;
  /** What envseal does. */
  does: string;
  /** `file#title`, below test/; of a table-driven test the title of its row. */
  tests: readonly string[];
  /** What others do, each observed by a test of test/attack/peers.test.ts with this title. */
  peers?: readonly { tool: string; does: string; test: string }[];
}

export interface Section {
  title: string;
  about: string;
  rows: readonly Row[];
}

export const dotenvx = (does: string, test: string) => ({ tool: "dotenvx 2.38.2", does, test: `attack/peers.test.ts#${test}` });
export const dotenv = (does: string, test: string) => ({
  tool: "dotenv 16 and 17 with DOTENV_KEY",
  does,
  test: `attack/peers.test.ts#${test}`,
});
export const sops = (does: string, test: string) => ({ tool: "SOPS", does, test: `attack/peers.test.ts#${test}` });
export const gitCrypt = (does: string, test: string) => ({ tool: "git-crypt", does, test: `attack/peers.test.ts#${test}` });

export const tamper = (file: string, ...titles: string[]) => titles.map((title) => `attack/tamper/${file}.test.ts#${title}`);
export const forged = (...titles: string[]) => titles.map((title) => `attack/forged.test.ts#${title}`);
export const evasion = (...titles: string[]) => titles.map((title) => `e2e/evasions.test.ts#${title}`);
export const inputs = (...titles: string[]) => titles.map((title) => `attack/inputs.test.ts#${title}`);
export const hostile = (file: string, ...titles: string[]) => titles.map((title) => `attack/hostile-repository/${file}.test.ts#${title}`);
export const escapes = (...titles: string[]) => titles.map((title) => `attack/terminal-escapes.test.ts#${title}`);
export const comparison = (...titles: string[]) => titles.map((title) => `attack/comparison.test.ts#${title}`);
export const branch = (...titles: string[]) => titles.map((title) => `attack/merge.test.ts#${title}`);
export const review = (...titles: string[]) => titles.map((title) => `attack/review.test.ts#${title}`);
export const attack = (file: string, ...titles: string[]) => titles.map((title) => `attack/${file}.test.ts#${title}`);
