import type { Project } from "../../support/sandbox.ts";
import { home, phrase, type Scenario } from "./project.ts";
import { struckEach } from "./strikes.ts";

const bob = (project: Project) => project.ok(["join", "--name", "bob", "-q"], { env: home(project, "bob") });
const granted = (project: Project) => {
  bob(project);
  project.ok(["grant", "bob", "--all", "--yes", "-q"]);
};
const sealedIdentity = (project: Project) => project.ok(["custody", "move", "passphrase", "--kdf", "pbkdf2-sha256", "-q", ...phrase]);

const SCENARIOS: readonly Scenario[] = [
  { name: "join", args: ["join", "--name", "bob", "-q"], env: (p) => home(p, "bob") },
  { name: "join --new", args: ["join", "--new", "--name", "bob-2", "-q"], prepare: bob, env: (p) => home(p, "bob"), rerun: ["USAGE"] },
  { name: "grant", args: ["grant", "bob", "--all", "--yes", "-q"], prepare: bob },
  { name: "revoke", args: ["revoke", "bob", "--yes", "-q"], prepare: granted, rerun: ["USAGE"] },
  { name: "recovery create", args: ["recovery", "create", "--recovery-file", "../words", "-q"], rerun: ["IO", "USAGE"] },
  { name: "backup create", args: ["backup", "create", "../backup", "-q", ...phrase], rerun: ["IO"] },
  {
    name: "backup verify",
    args: ["backup", "verify", "../backup", "-q", ...phrase],
    prepare: (p) => p.ok(["backup", "create", "../backup", "-q", ...phrase]),
  },
  {
    name: "backup restore",
    damaged: true,
    args: ["backup", "restore", "../backup", "--yes", "-q", ...phrase],
    prepare: (p) => {
      p.ok(["backup", "create", "../backup", "-q", ...phrase]);
      p.write("envseal.json", p.read("envseal.json").slice(0, 300));
    },
  },
  {
    name: "custody move passphrase",
    args: ["custody", "move", "passphrase", "--kdf", "pbkdf2-sha256", "-q", ...phrase],
    rerun: ["USAGE"],
    unlock: ["unlock", "--ttl", "2s", "-q", ...phrase],
  },
  {
    name: "custody move file",
    args: ["custody", "move", "file", "--yes", "-q", ...phrase],
    prepare: sealedIdentity,
    rerun: ["USAGE"],
    unlock: ["unlock", "--ttl", "2s", "-q", ...phrase],
  },
  {
    name: "unlock",
    args: ["unlock", "--ttl", "3s", "-q", ...phrase],
    prepare: sealedIdentity,
    unlock: ["unlock", "--ttl", "2s", "-q", ...phrase],
  },
];

struckEach(SCENARIOS);
