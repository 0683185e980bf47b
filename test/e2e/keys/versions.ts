import { type Project, sealedProject } from "../../support/sandbox.ts";

export const WAIVER = (version: string) => ["--yes", "--waive-backup", `destroy ${version} without a backup`];

export function entry(project: Project, environment = "default") {
  return JSON.parse(project.read("envseal.json")).environments[environment];
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
