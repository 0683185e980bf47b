import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Project, sealedProject } from "../../support/sandbox.ts";

export const WAIVER = (version: string) => ["--yes", "--waive-backup", `destroy ${version} without a backup`];

export function entry(project: Project, environment = "default") {
  return project.statement(environment);
}

export function keyOf(project: Project, version: number, environment = "default") {
  return Object.entries(entry(project, environment).keys).find(([, key]) => (key as { version: number }).version === version) as [
    string,
    { state: string; links: Record<string, string>; history: { state: string }[] },
  ];
}

/** Where an interrupted rotation is recorded. */
export function pendingOf(project: Project): string {
  return `.git/envseal/rotate-${JSON.parse(project.read("envseal.json")).project}-default`;
}

/** A record below `.git/envseal` with the MAC that this person's key makes (src/project/record.ts). */
export function recordOf(project: Project, path: string, content: string | Buffer): Buffer {
  const name = path.slice(".git/envseal/".length);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(name.length);
  const key = readFileSync(join(project.sandbox.home, "state/envseal/records-key"));
  const mac = createHmac("sha256", key).update("envseal/v1 record").update(length).update(name).update(content).digest();
  return Buffer.concat([mac, Buffer.from(content)]);
}

/** Three versions, each with a commit of its own; a tag on the second. */
export function history(): Project {
  const project = sealedProject({ ".env": "A=secret-one\nB=secret-two\n" });
  project.commitAll("v1");
  project.ok(["rotate"]);
  project.commitAll("v2");
  project.git("tag", "-a", "release", "-m", "release");
  project.ok(["rotate"]);
  project.commitAll("v3");
  return project;
}
