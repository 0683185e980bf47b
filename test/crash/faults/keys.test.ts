import type { Scenario } from "./project.ts";
import { struckEach } from "./strikes.ts";

const SCENARIOS: readonly Scenario[] = [
  { name: "rotate", args: ["rotate", "--all", "-q"] },
  { name: "rotate, compromised", args: ["rotate", "--all", "--reason", "compromised", "-q"] },
  { name: "keys suspend", args: ["keys", "suspend", "v2", "-e", "default", "--yes", "-q"], rerun: ["USAGE"] },
  { name: "keys compromise", args: ["keys", "compromise", "v1", "-e", "default", "--yes", "-q"], rerun: ["USAGE"] },
  {
    name: "keys destroy",
    args: ["keys", "destroy", "v1", "-e", "default", "--yes", "-q", "--waive-backup", "destroy v1 without a backup"],
    rerun: ["USAGE"],
    forgets: true,
  },
  { name: "deploy-key", args: ["deploy-key", "create", "ci", "-e", "production", "-q"], rerun: ["USAGE"] },
  { name: "require", args: ["require", "DB_PASSWORD", "-e", "production", "-q"] },
  { name: "public", args: ["public", "PORT", "--remove", "-e", "default", "-q"], rerun: ["USAGE"] },
  { name: "allow", args: ["allow", "leak", "--path", "x.js", "--reason", "why", "-e", "default", "-q"] },
];

struckEach(SCENARIOS);
