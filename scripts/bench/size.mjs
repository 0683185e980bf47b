// What an installation takes on disk: a package with all it depends on, or a program's one file.
import { execFileSync, spawnSync } from "node:child_process";
import { lstatSync, mkdirSync, readdirSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { PACKAGES } from "./peers.mjs";
import { root } from "./place.mjs";
import { over, row } from "./row.mjs";

/** Others that are one file. */
export const PROGRAMS = ["sops", "age", "git-crypt", "gitleaks"];

export const sizeHead = ["what", "MB on disk", "packages", "ours, of it"];

const bytesOf = (path) => {
  const stats = lstatSync(path);
  return stats.isDirectory() ? readdirSync(path).reduce((sum, name) => sum + bytesOf(join(path, name)), 0) : stats.size;
};

/** Installs as an app would: without what is only for development, running no scripts. */
function ofPackage(scratch, name, wanted) {
  const folder = join(scratch, `size-${name.replace(/\W/g, "-")}`);
  mkdirSync(folder);
  const args = ["install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", folder, wanted];
  if (spawnSync("npm", args, { timeout: 120_000 }).status !== 0) return [];
  const list = spawnSync("npm", ["ls", "--all", "--parseable", "--prefix", folder], { encoding: "utf8" }).stdout.trim().split("\n");
  return [{ name, bytes: bytesOf(join(folder, "node_modules")), packages: list.length - 1 }];
}

function ofProgram(name) {
  const { status, stdout } = spawnSync("sh", ["-c", `command -v ${name}`], { encoding: "utf8" });
  return status === 0 ? [{ name, bytes: lstatSync(realpathSync(stdout.trim())).size, packages: "" }] : [];
}

export function sizeRows({ scratch }) {
  const packed = JSON.parse(
    execFileSync("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", scratch], { cwd: root, encoding: "utf8" }),
  );
  const [ours] = ofPackage(scratch, "envseal", join(scratch, packed[0].filename));
  const others = [...PACKAGES.flatMap((wanted) => ofPackage(scratch, wanted, wanted)), ...PROGRAMS.flatMap(ofProgram)];
  return [ours, ...others].map((one) => {
    const ratio = one === ours ? undefined : ours.bytes / one.bytes;
    const cells = [one.name, (one.bytes / 1e6).toFixed(1), one.packages, ratio?.toFixed(2) ?? ""];
    return row(cells, ratio === undefined ? "" : over(ratio, 1, "times the size"));
  });
}
