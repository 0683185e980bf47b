// Stryker over one part (scripts/mutation.mjs starts it).
import { Stryker } from "@stryker-mutator/core";
import { PARTS } from "./parts.mjs";

const [, , part] = process.argv;
process.env.ENVSEAL_MUTATION_PART = part;
const folder = "coverage/mutation";
await new Stryker({
  configFile: "stryker.config.json",
  mutate: PARTS[part],
  incrementalFile: `${folder}/${part}.json`,
  tempDirName: `${folder}/sandbox-${part}`,
  jsonReporter: { fileName: `${folder}/${part}.report.json` },
}).runMutationTest();
