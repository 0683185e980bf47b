import { settingsText } from "../../system/read.ts";

/** The line that marks what is ours, and the suffix of what was there before. */
export const MARK = "# envseal hook (envseal hooks uninstall removes it)";

export const BEFORE = ".before-envseal";

/** Without what is commented out; our own mark is a comment. */
export function withoutComments(text: string): string {
  return text
    .split("\n")
    .filter((row) => row === MARK || !/^\s*#/.test(row))
    .join("\n");
}

export function readIf(path: string): string {
  return settingsText(path);
}
