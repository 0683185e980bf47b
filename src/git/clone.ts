import { runGit, startGit } from "./process.ts";

const PROMISES = ["config", "--type=bool", "--get-regexp", "^remote\\..*\\.promisor$"];

/** True where git may lack objects that the remote promised to give when they are asked for. */
export function isPartial(folder: string): boolean {
  return runGit(folder, PROMISES).stdout.includes(" true\n");
}

/** As isPartial, beside what else there is to do. */
export async function isPartialAside(folder: string): Promise<boolean> {
  const child = startGit(folder, PROMISES);
  let answer = "";
  child.stdin.on("error", () => {}).end();
  child.on("error", () => {});
  for await (const chunk of child.stdout) answer += chunk;
  return answer.includes(" true\n");
}

/** True where commits, and what only they have, are cut off. */
export function isShallow(folder: string): boolean {
  return runGit(folder, ["rev-parse", "--is-shallow-repository"]).stdout.toString().trim() !== "false";
}
