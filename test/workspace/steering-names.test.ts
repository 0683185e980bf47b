import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { steeringNames } from "../../src/loader/steering-names.ts";
import { ROOT } from "../support/sandbox.ts";

const steering = (names: Iterable<string>, value = "x") => steeringNames([...names].map((name) => [name, value] as const));

/** What this program reads and nothing is decided by: how it looks, whether a tool is there, and what the child is told. */
const HARMLESS = ["DOTENV_KEY", "NODE_ENV", "NO_COLOR", "CI", "TERM", "NEXT_RUNTIME"];

describe("names that steer what is started with them", () => {
  it.each([
    ["the system's loader", "LD_PRELOAD LD_LIBRARY_PATH LD_AUDIT DYLD_INSERT_LIBRARIES LDR_PRELOAD _RLD_LIST GCONV_PATH"],
    ["shells", "BASH_ENV PATH SHELLOPTS PS4 ZDOTDIR PROMPT_COMMAND SHELL COMSPEC PATHEXT PSMODULEPATH"],
    ["folders of a person's state", "HOME USERPROFILE APPDATA XDG_STATE_HOME XDG_CONFIG_HOME XDG_RUNTIME_DIR TMPDIR"],
    ["git", "GIT_DIR GIT_CONFIG_COUNT GIT_CONFIG_KEY_0 GIT_CONFIG_VALUE_0 GIT_SSH_COMMAND GIT_EXEC_PATH GIT_TRACE2 GIT_PAGER"],
    ["git's hooks", "HUSKY LEFTHOOK LEFTHOOK_EXCLUDE SKIP PRE_COMMIT_HOME SKIP_SIMPLE_GIT_HOOKS"],
    ["interpreters", "NODE_OPTIONS NODE_PATH BUN_OPTIONS PYTHONPATH PYTHONSTARTUP RUBYOPT PERL5OPT JAVA_TOOL_OPTIONS _JAVA_OPTIONS"],
    ["tools for packages", "npm_config_script_shell NPM_CONFIG_NODE_OPTIONS BUNDLE_GEMFILE CARGO_HOME GOFLAGS"],
    ["programs that others start", "EDITOR VISUAL PAGER LESSOPEN SSH_ASKPASS"],
    ["envseal", "ENVSEAL ENVSEAL_KEY ENVSEAL_KEY_PRODUCTION ENVSEAL_PIN ENVSEAL_LOADED ENVSEAL_NEXT_YEAR"],
    ["CI", "GITHUB_EVENT_PATH GITHUB_ENV CI_COMMIT_BEFORE_SHA CI_MERGE_REQUEST_DIFF_BASE_SHA"],
  ])("are those of %s", (_what, names) => {
    const all = names.split(" ").sort();
    expect(steering(all)).toEqual(all);
  });

  it("are all that git calls a repository's own", () => {
    const own = execFileSync("git", ["rev-parse", "--local-env-vars"], { encoding: "utf8" }).trim().split("\n");
    expect(own.filter((name) => !steering([name]).includes(name))).toEqual([]);
  });

  it("are all that this program reads, but for what decides nothing", () => {
    const files = readdirSync(join(ROOT, "src"), { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith(".ts"));
    const read = new Set(
      files.flatMap((path) =>
        [...readFileSync(join(ROOT, "src", path), "utf8").matchAll(/(?:process\.|(?<![.\w]))env(?:\.|\[")([A-Z]\w+)/g)].map(
          ([, name = ""]) => name.toUpperCase(),
        ),
      ),
    );
    expect(read).toContain("ENVSEAL_LOADED");
    const told = steering(read, "/x");
    expect([...read].filter((name) => !told.includes(name) && !HARMLESS.includes(name))).toEqual([]);
  });

  it("are none of an app's", () => {
    const apps =
      "API_KEY DATABASE_URL PORT NODE_ENV RAILS_ENV ENVIRONMENT APP_ENV CI DEBUG TZ LANG USER HOSTNAME HTTP_PROXY NODE_EXTRA_CA_CERTS GIT_TOKEN GIT_COMMIT_SHA GIT_AUTHOR_NAME GITHUB_TOKEN GITHUB_CLIENT_SECRET LD_SDK_KEY LD_CLIENT_ID YARN_NPM_AUTH_TOKEN NPM_TOKEN PIP_INDEX_URL HOME_URL HOMEPAGE PATH_PREFIX SHELL_COLOR DOCKER_HOST KUBECONFIG LUA PYTHONUNBUFFERED PYTHON_VERSION ENVSEALED".concat(
        process.platform === "win32" ? "" : " path home skip editor",
      );
    expect(steering(apps.split(" "))).toEqual([]);
  });

  it("are some only where the value is a path: ENV=production and BROWSER=none are an app's", () => {
    const names = ["BROWSER", "ENV", "TEMP", "TMP"];
    expect(steering(names, "production")).toEqual([]);
    for (const path of ["./lint.sh", "~/x", "$HOME", "`x`", "C:\\x"]) expect(steering(names, path), path).toEqual(names);
  });
});
