import { exitCodeOf } from "../errors.ts";
import { run } from "../features/hooks/commands/hook.ts";
import { recognise, report } from "./failure.ts";

/** Node itself ends with 1 where it cannot load this file: hooks/run tells the two apart. */
const FOUND = 10;

/** What git's hooks start: the hook command alone, as one file, since a commit waits for it. */
const [, , ...args] = process.argv;
const context = {
  cwd: process.cwd(),
  env: process.env,
  environment: undefined,
  file: undefined,
  json: false,
  quiet: false,
  yes: false,
  rest: [],
  flags: {},
};
run({ ...context, args }).then(
  (code) => {
    process.exitCode = code === 1 ? FOUND : code;
  },
  (error: unknown) => {
    const failure = recognise(error);
    report(failure, false);
    // A git that hangs would keep this process waiting.
    process.exit(exitCodeOf(failure));
  },
);
