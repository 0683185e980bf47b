import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { serialise } from "../../src/core/vault/document.ts";
import { armHusky, disarmHusky } from "../../src/features/hooks/files.ts";
import { MARK } from "../../src/features/hooks/hook-text.ts";
import { armManager, disarmManager } from "../../src/features/hooks/manager-files.ts";
import { isArmed, type ManagerFile } from "../../src/features/hooks/managers.ts";
import type { HookPlace } from "../../src/features/hooks/place.ts";
import { openDotenvVault } from "../../src/features/migrate/formats/dotenv-vault.ts";
import { openDotenvx, readDotenvx } from "../../src/features/migrate/formats/dotenvx.ts";
import { openGitCrypt } from "../../src/features/migrate/formats/git-crypt.ts";
import type { Imported } from "../../src/features/migrate/formats/imported.ts";
import { openSops } from "../../src/features/migrate/formats/sops.ts";
import { parseSops } from "../../src/features/migrate/formats/sops-file.ts";
import { detectPeer } from "../../src/guard/peers.ts";
import { hidesVaults } from "../../src/workspace/ignore-files.ts";
import { encryptedForDotenvx, sopsFile } from "../support/foreign.ts";
import { dotenvKey, dotenvVault, dotenvx, sopsCases } from "../support/peers.ts";
import { CANARY, must, refusal, type Target } from "./target.ts";

/** What is not ours: other tools' files, and the files of a repository that hooks and ignore rules are written into. */
const KEY = "22".repeat(32);
const dataKey = new Uint8Array(32).fill(5);
const imported = ({ document, warnings }: Imported): string => {
  must(!warnings.join().includes(CANARY), "a value in a warning");
  serialise(document);
  return `opens, ${Math.min(3, warnings.length)} warnings`;
};

const dotenvxTarget: Target = {
  name: "dotenvx",
  seeds: [
    `#/---[DOTENV_PUBLIC_KEY]---/\nDOTENV_PUBLIC_KEY="02aa"\n\n# .env\nA="${encryptedForDotenvx(CANARY, KEY)}"\nB='${CANARY}'\n`,
    dotenvx("1.75.1").file,
    dotenvx("2.38.2").file,
  ],
  kind: "text",
  pieces: ["encrypted:", "DOTENV_PUBLIC_KEY_X=", "#/-/", "AAAA", "=="],
  run: (input) =>
    refusal(() => {
      const bytes = Buffer.from(input);
      const file = readDotenvx(bytes, ".env", ".env.production");
      // Each box is a multiplication on secp256k1: one file in 256 is opened.
      if (bytes.length % 256 !== 0) return `reads ${file.publicKeys.length}`;
      return imported(openDotenvx(file, [{ source: "K", text: KEY }], ".env"));
    }),
};

const dotenvVaultTarget: Target = {
  name: "dotenv-vault",
  seeds: [dotenvVault().file],
  kind: "text",
  pieces: ["DOTENV_VAULT_", "DOTENV_VAULT_PRODUCTION=", "_VERSION", "AAAA", "=="],
  run: (input) =>
    refusal(() => imported(openDotenvVault(Buffer.from(input), { source: "K", text: dotenvKey("production") }, ".env.vault"))),
};

const dotenvKeyTarget: Target = {
  name: "DOTENV_KEY",
  seeds: [dotenvKey("production"), `${dotenvKey("ci")},${dotenvKey("production")}`],
  kind: "text",
  pieces: ["dotenv://:key_", "@", "?environment=", ",", "%", "%00", "[", "&"],
  run: (input) =>
    refusal(() => imported(openDotenvVault(Buffer.from(dotenvVault().file), { source: "DOTENV_KEY", text: input }, ".env.vault"))),
};

const sops: Target = {
  name: "sops",
  seeds: [
    sopsFile(dataKey, [
      ["A", CANARY],
      ["B", 'tw"o'],
    ]),
    ...sopsCases().map(([, { file }]) => file),
  ],
  kind: "text",
  pieces: [
    "sops_",
    "__map_",
    "__list_0",
    "ENC[AES256_GCM,data:",
    ",type:int]",
    "sops_encrypted_regex=(a+)+$\n",
    "sops_unencrypted_suffix=x\n",
  ],
  run: (input) => refusal(() => imported(openSops(parseSops(Buffer.from(input), "x"), dataKey, "x", input.length % 2 === 0))),
};

const gitCrypt: Target = {
  name: "git-crypt",
  seeds: [`A='${CANARY}'\nB="two\nlines"\n`, "\0GITCRYPT\0abcdefghijkl"],
  kind: "text",
  binary: true,
  pieces: ["\0GITCRYPT\0", "<<<<<<< x\n"],
  run: (input) =>
    refusal(() => {
      const bytes = Buffer.from(input, "latin1");
      detectPeer(bytes);
      return imported(openGitCrypt(bytes, "x"));
    }),
};

const folder = join(process.env.ENVSEAL_FUZZ_FOLDER ?? "", "files");
const at = (...parts: string[]) => join(folder, ...parts);

const MANAGERS: [ManagerFile["manager"], string, string][] = [
  [
    "lefthook",
    "lefthook.yml",
    "# mine\npre-commit:\n  parallel: true\n  jobs:\n    - name: lint\n      run: npm run lint\ncommit-msg:\n  jobs: []\n",
  ],
  [
    "pre-commit",
    ".pre-commit-config.yaml",
    "repos:\n- repo: local\n  hooks:\n  - id: x # why\n    entry: x\ndefault_stages: [pre-commit]\n",
  ],
  ["simple-git-hooks", "package.json", '{\n  "name": "x",\n  "simple-git-hooks": {\n    "pre-commit": "npm test"\n  }\n}\n'],
];
/** Half a pair of UTF-16 stands in no file. */
const asFile = (input: string) => Buffer.from(input).toString();
/** What these writers read of it. */
const place = { top: folder } as HookPlace;
const managers = MANAGERS.map(
  ([manager, name, seed]): Target => ({
    name: `hooks of ${manager}`,
    seeds: [seed],
    kind: name.endsWith(".json") ? "json" : "text",
    pieces: ["  jobs:\n", "pre-push:", "&a ", "*a", "- ", "<<: *a\n", "{", "}", "? ", "!!x ", "---\n", "%YAML 1.2\n"],
    run: (text) =>
      refusal(() => {
        const input = asFile(text);
        mkdirSync(folder, { recursive: true });
        const file = { manager, path: at(name) };
        rmSync(at("kept"), { force: true });
        writeFileSync(file.path, input);
        try {
          armManager(place, file, at("kept"));
        } catch (error) {
          must(readFileSync(file.path, "utf8") === input, "a file that was refused is changed");
          throw error;
        }
        const armed = readFileSync(file.path, "utf8");
        must(isArmed(file), "a file is written, and calls nothing of ours");
        disarmManager(place, file, at("kept"));
        if (!input.includes("envseal")) must(readFileSync(file.path, "utf8") === input, "a file does not come back as it was");
        return armed === input ? "armed before" : "arms";
      }),
  }),
);

const husky: Target = {
  name: "hooks of husky, ignore files",
  seeds: ["#!/bin/sh\nnpx lint-staged\n", `#!/bin/sh\nx ${MARK}\ny\n`, "# x\n*.env\n!**/.env*.vault\n.env.*\n"],
  kind: "text",
  pieces: ["*", "**", "!", "*?", ".vault", "#!/bin/sh\n", MARK],
  run: (text) =>
    refusal(() => {
      const input = asFile(text);
      mkdirSync(at(".husky"), { recursive: true });
      writeFileSync(at(".husky/pre-commit"), input);
      armHusky(place, "pre-commit");
      disarmHusky(place, "pre-commit");
      const left = readFileSync(at(".husky/pre-commit"), { encoding: "utf8", flag: "a+" });
      if (!input.includes(MARK)) must(left === input, "a hook does not come back as it was");
      writeFileSync(at(".dockerignore"), input);
      return String(hidesVaults(folder, ".dockerignore"));
    }),
};

export const otherTargets: readonly Target[] = [dotenvxTarget, dotenvVaultTarget, dotenvKeyTarget, sops, gitCrypt, ...managers, husky];
