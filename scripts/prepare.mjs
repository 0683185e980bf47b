// npm runs this after an install in the repository, and where somebody installs envseal from git: dist is built where it is not
// there. The hooks of husky are for who works here; without husky or git there are none, and the install goes on.
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { resolve } from "node:path";

process.chdir(resolve(import.meta.dirname, ".."));
if (existsSync(".git")) {
  try {
    const { default: husky } = await import("husky");
    const said = husky();
    if (said) console.warn(`no git hooks: ${said}`);
  } catch (error) {
    console.warn(`no git hooks: ${error.message.split("\n")[0]}`);
  }
}
if (!existsSync("dist")) execFileSync(process.execPath, ["scripts/build.mjs"], { stdio: "inherit" });
