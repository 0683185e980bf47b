import { isNightly } from "../../support/sample.ts";

export const READING: readonly (readonly string[])[] = [
  ["status"],
  ["status", "--json"],
  ["get", "API_KEY"],
  ["list"],
  ["run", "--", "true"],
  ["export", "--format", "json"],
  ["check"],
  ["check", "--staged"],
  ["check", "--all"],
  ["check", "--range", "HEAD~1..HEAD"],
  ["scan"],
  ["scan", "--history"],
  ["log"],
  ["log", "API_KEY"],
  ["log", "--keys"],
  ["show", "HEAD:.env.vault"],
  ["show", "HEAD~1:.env"],
  ["diff"],
  ["diff", "HEAD~1"],
  ["diff", "HEAD~1..HEAD", "--reveal"],
  ["blame", ".env.vault"],
  ["exposure"],
  ["keys"],
  ["recipients"],
  ["doctor"],
  ["hooks", "status"],
  ["resolve"],
  ["join", "--print"],
  ["custody", "show"],
  ["deploy-key", "list"],
  ["textconv", ".env.vault"],
];

/** One of each way to ask git, where the rest would ask in the same way again. */
export const SOME = isNightly ? READING : [["status"], ["get", "API_KEY"], ["check", "--staged"], ["log"], ["diff"], ["doctor"]];

export const WRITING: readonly (readonly string[])[] = [
  ["set", "PORT", "-q"],
  ["decrypt", ".env", "--stdout"],
  ["encrypt", ".env"],
  ["sync"],
  ["example"],
  ["types"],
  ["require", "PORT"],
  ["rotate", "-q"],
];
