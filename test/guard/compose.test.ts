import { describe, expect, it, vi } from "vitest";
import { envFilesIn, isComposeFile } from "../../src/guard/compose.ts";

describe("env_file of a compose file", () => {
  it.each([
    ["a text", "services:\n  a:\n    env_file: config/prod.vars\n", ["config/prod.vars"]],
    ["quotes and a comment", `    env_file: "a b.vars" # why\n    env_file: 'c#d'\n`, ["a b.vars", "c#d"]],
    ["a list in a line", "    env_file: [one, './two', \"three\"]\n", ["one", "./two", "three"]],
    [
      "a list, indented and not, with comments and blank lines",
      "    env_file:\n      # first\n      - one\n\n      - ./two # second\n    environment:\n      - X=1\n  b:\n    env_file:\n    - three\n    image: x\n",
      ["one", "./two", "three"],
    ],
    [
      "paths with what is said of them",
      "    env_file:\n      - path: one\n        required: false\n      - required: true\n        path: 'two'\n        format: raw\n      - three\n    ports:\n      - 80\n",
      ["one", "two", "three"],
    ],
    [
      "a list in brackets over several lines, as formatters write it",
      "    env_file: [\n      one, # first\n      'two',\n    ]\n  b:\n    env_file:\n      # why\n      [\n        \"three\",\n        four\n      ]\n    image: [x]\n",
      ["one", "two", "three", "four"],
    ],
    ["brackets that are never closed", "    env_file: [one,\n      two\n", []],
    ["a service in a list of fragments", "  - env_file: one\r\n    image: x\r\n", ["one"]],
    ["the same twice", "env_file: one\nenv_file: one\n", ["one"]],
    ["aliases, tags and variables left out", `env_file: *files\nenv_file: !reset []\nenv_file: "\${STAGE}.vars"\nenv_file: &f one\n`, []],
    ["brackets within names", "    env_file: [a[1.vars, b.vars]\n", ["a[1.vars", "b.vars"]],
    ["brackets below what is said of it", "    env_file:\n      format: raw\n      [one]\n", ["one"]],
    ["a list whose first item holds a bracket", "    env_file:\n      - a[1].vars\n", ["a[1].vars"]],
    ["signs within a name", "    env_file: a&b!c.vars\n", ["a&b!c.vars"]],
    ["a comment behind the key alone", "    env_file: # both\n      - one\n", ["one"]],
    ["quotes within a name", "    env_file: a'b'\n    env_file: 'a'b\n", ["a'b'", "'a'b"]],
    ["white space before a colon, and none behind it", "    env_file : one\n    env_file:two\n", ["one", "two"]],
    ["a hyphen in what follows the list", "    env_file:\n      - one\n    image: a - b\n", ["one"]],
    [
      "paths with white space about them",
      "    env_file:\n      -   path: one\n      - path : two\n      - path:three\n",
      ["one", "two", "three"],
    ],
    [
      "paths below what is said of them, with white space about them",
      "    env_file:\n      - required : true\n        path : one\n      - format : raw\n        path:two\n        required : false\n      - three\n",
      ["one", "two", "three"],
    ],
    ["a key that ends as path does", "    env_file:\n      - required: true\n        mypath: one\n", []],
    ["a name that holds a key's", "    env_file:\n      - my-required: x\n", ["my-required: x"]],
    ["nothing below it", "    env_file:", []],
    ["none", "services: {}\n# env_file: x\nmy_env_file: y\n", []],
    ["nothing said", "    env_file:\n    image: x\n", []],
  ])("%s", (_what, text, files) => {
    expect(envFilesIn(text)).toEqual(files);
  });

  it.each<[string, (rows: number) => string]>([
    ["keys alone", (rows) => "env_file:\n".repeat(rows)],
    ["brackets that are never closed", (rows) => "env_file: [\n".repeat(rows)],
    ["brackets below", (rows) => "env_file:\n  [\n".repeat(rows)],
    ["comments between", (rows) => "env_file:\n#\n".repeat(rows)],
  ])("costs each row once, whatever a file repeats: %s", (_what, write) => {
    const looks = (rows: number) => {
      const exec = vi.spyOn(RegExp.prototype, "exec");
      const replace = vi.spyOn(String.prototype, "replace");
      try {
        envFilesIn(write(rows));
        return exec.mock.calls.length + replace.mock.calls.length;
      } finally {
        vi.restoreAllMocks();
      }
    };
    expect(looks(400)).toBeLessThan(2.1 * looks(200));
  });

  it.each(["compose.yaml", "compose.yml", "docker-compose.yml", "Docker-Compose.prod.yaml", "compose-dev.yml", "compose.override.yml"])(
    "is read: %s",
    (name) => {
      expect(isComposeFile(name)).toBe(true);
    },
  );

  it.each(["composer.yml", "compose.json", "my-compose.yml", "compose.yaml.bak", "compose"])("is not read: %s", (name) => {
    expect(isComposeFile(name)).toBe(false);
  });
});
