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

  it.each([
    [
      "sudo takes away",
      "IFS CDPATH LOCALDOMAIN RES_OPTIONS HOSTALIASES NLSPATH PATH_LOCALE LD_DEBUG _RLD_ROOT SHLIB_PATH LDR_PRELOAD64 LIBPATH AUTHSTATE DYLD_LIBRARY_PATH KRB5_CONFIG KRB5_KTNAME TERMINFO TERMINFO_DIRS TERMPATH TERMCAP BASH_ENV PS4 GLOBIGNORE BASHOPTS SHELLOPTS JAVA_TOOL_OPTIONS PERLIO_DEBUG PERLLIB PERL5LIB PERL5OPT PERL5DB FPATH NULLCMD READNULLCMD ZDOTDIR TMPPREFIX PYTHONHOME PYTHONPATH PYTHONINSPECT PYTHONUSERBASE RUBYLIB RUBYOPT",
    ],
    [
      "glibc takes from setuid programs",
      "GCONV_PATH GETCONF_DIR GLIBC_TUNABLES HOSTALIASES LD_AUDIT LD_BIND_NOT LD_DEBUG LD_DEBUG_OUTPUT LD_DYNAMIC_WEAK LD_HWCAP_MASK LD_LIBRARY_PATH LD_ORIGIN_PATH LD_PRELOAD LD_PROFILE LD_SHOW_AUXV LOCALDOMAIN LOCPATH MALLOC_TRACE NIS_PATH NLSPATH RESOLV_HOST_CONF RES_OPTIONS TMPDIR TZDIR",
    ],
    [
      "builds go by",
      "CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUNNER CARGO_BUILD_RUSTC_WRAPPER RUSTUP_DIST_SERVER GOAUTH GOCACHEPROG GOPRIVATE CGO_LDFLAGS CMAKE_TOOLCHAIN_FILE PKG_CONFIG_PATH CFLAGS LDFLAGS",
    ],
    [
      "tools for packages go by",
      "PIP_CONFIG_FILE PIP_TARGET PIP_FIND_LINKS UV_CONFIG_FILE BUNDLE_USER_HOME BUN_CONFIG_REGISTRY COREPACK_ROOT TS_NODE_COMPILER PYENV_VERSION RBENV_ROOT YARN_CACHE_FOLDER",
    ],
    [
      "other programs are started by",
      "SSH_SK_PROVIDER SVN_SSH GH_PAGER KUBE_EDITOR FZF_DEFAULT_COMMAND DOCKER_CONFIG TF_CLI_ARGS_plan ANSIBLE_CONFIG ACTIONS_RUNNER_HOOK_JOB_STARTED AWS_CONFIG_FILE",
    ],
  ])("are all that %s", (_what, names) => {
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
      "API_KEY DATABASE_URL PORT NODE_ENV RAILS_ENV ENVIRONMENT APP_ENV CI DEBUG TZ LANG USER HOSTNAME HTTP_PROXY NODE_EXTRA_CA_CERTS GIT_TOKEN GIT_COMMIT_SHA GIT_AUTHOR_NAME GITHUB_TOKEN GITHUB_CLIENT_SECRET LD_SDK_KEY LD_CLIENT_ID YARN_NPM_AUTH_TOKEN NPM_TOKEN PIP_INDEX_URL PIP_EXTRA_INDEX_URL PIPEDRIVE_TOKEN CARGO_REGISTRY_TOKEN CARGO_REGISTRIES_OURS_TOKEN BUNDLE_GEMS__CONTRIBSYS__COM BUNDLE_ID GOOGLE_APPLICATION_CREDENTIALS GOOGLE_CLIENT_ID GO_ENV COMPOSE_PROJECT_NAME COMPOSE_FILE DOTNET_ENVIRONMENT DJANGO_SETTINGS_MODULE FLASK_APP TF_VAR_token AWS_REGION PGHOST PGPASSWORD UV_THREADPOOL_SIZE R_TOKEN HOME_URL HOMEPAGE PATH_PREFIX SHELL_COLOR DOCKER_HOST KUBECONFIG LUA PYTHONUNBUFFERED PYTHON_VERSION ENVSEALED".concat(
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
