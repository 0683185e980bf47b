import { rmSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type Project, sealedProject } from "../support/sandbox.ts";

/** Where a token that does not open was sealed: the CLI proves it, or says no more than that it does not open. */

const FILES = {
  ".env": "# c\nAPI_KEY=sk_live_0123456789ab\nDATABASE_URL=postgres://u:p4ssw0rd@db/x\nPORT=3000\nLAST=tail-secret\n",
  "web/.env": "WEB_ONLY=web-secret-0123\nLAST=web-last-secret\n",
  ".env.production": "PROD_ONLY=prod-secret-0123\nLAST=prod-last-secret\n",
};

function committed(): Project {
  const project = sealedProject(FILES);
  for (const path of Object.keys(FILES)) rmSync(project.path(path));
  project.install();
  project.commitAll("seal");
  return project;
}

const rowOf = (project: Project, name: string, path = ".env.vault") =>
  project
    .read(path)
    .split("\n")
    .find((row) => row.startsWith(`${name}=`)) as string;
const tokenOf = (row: string) => /enc:v\S+$/.exec(row)?.[0] as string;
const put = (project: Project, change: (text: string) => string) => project.write(".env.vault", change(project.read(".env.vault")));

describe("a value that was moved", () => {
  it.each<[string, (text: string, project: Project) => string, string]>([
    [
      "renamed: HEAD has the name",
      (text) => text.replace("API_KEY=", "NEXT_PUBLIC_X="),
      "the token of NEXT_PUBLIC_X was sealed as API_KEY",
    ],
    [
      "whose neighbour is gone: HEAD has it",
      (text) => text.replace(/^API_KEY=.*\n\n/m, ""),
      "DATABASE_URL was sealed after API_KEY: assignments before it were added, removed or moved",
    ],
    [
      "the last line gone",
      (text) => text.replace(/^LAST=.*\n\n/m, ""),
      "the end line was sealed after LAST: assignments before it were added, removed or moved",
    ],
    [
      "of another name of another vault",
      (text, project) => text.replace(/^(LAST=)\S+$/m, `$1${tokenOf(rowOf(project, "WEB_ONLY", "web/.env.vault"))}`),
      "the token of LAST was sealed as WEB_ONLY for web/.env.vault",
    ],
    [
      "of another environment",
      (text, project) => text.replace(/^(LAST=)\S+$/m, `$1${tokenOf(rowOf(project, "PROD_ONLY", ".env.production.vault"))}`),
      "the token of LAST was sealed as PROD_ONLY for .env.production.vault",
    ],
  ])("%s", (_, change, message) => {
    const project = committed();
    put(project, (text) => change(text, project));
    expect(project.fails(["get", "PORT"])).toMatchObject({
      code: 4,
      error: "MOVED_VALUE",
      stdout: "",
      stderr: expect.stringContaining(message),
    });
    project.git("add", "-A");
    expect(project.envseal(["check", "--staged"]).stdout).toContain(message);
  });

  it("is TAMPERED where nothing proves it: after a commit that renamed it, and for a boot always", () => {
    const project = committed();
    put(project, (text) => text.replace("API_KEY=", "NEXT_PUBLIC_X="));
    const boot = project.node(["-e", "require('envseal').load()"]);
    expect(boot.stderr).toContain("line 3: the token of NEXT_PUBLIC_X does not open: it was changed, or sealed for another place");
    expect(boot.stderr).not.toContain("API_KEY");
    project.git("commit", "-qam", "renamed", "--no-verify");
    expect(project.fails(["get", "PORT"])).toMatchObject({
      code: 4,
      error: "TAMPERED",
      stderr: expect.stringContaining("the token of NEXT_PUBLIC_X does not open"),
    });
  });
});
