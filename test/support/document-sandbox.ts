import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { copyTree } from "./copy.ts";
import { CLI, Project, ROOT, Sandbox, sandbox } from "./sandbox.ts";
import { Terminal } from "./terminal.ts";

export const TYPED = "typed-value-0123456789";
export const PASSPHRASE = "correct-horse-17-battery-staple-Zaragoza";
const PLAIN = `# of the shop\nAPI_KEY=sk_live_0123456789ab\nPORT=3000\nOLD=old-value-0123456789\nDATABASE_URL='postgres://shop:s3cr3t-pw@db/shop'\n`;

/** Programs of a reader's machine that documents name, and that this machine may lack: each does the one thing asked of it. */
const PROGRAMS: Record<string, string> = {
  envseal: `exec "${process.execPath}" "${CLI}" "$@"`,
  // What npx does for a program that is installed, without its half second.
  npx: 'name=$1; shift; exec "node_modules/.bin/$name" "$@"',
  nano: 'echo "EDITED=by-hand-0123456789" >>"$1"',
  code: 'shift; echo "EDITED=by-hand-0123456789" >>"$1"',
  sudo: 'exec "$@"',
  migrate: "exit 0",
  // What is handed to a platform arrives there, and nowhere else.
  kubectl: "cat >../kubectl",
  fly: "cat >../fly",
  heroku: "case $2 in ENVSEAL_KEY=esk_*) ;; *) exit 1 ;; esac",
  "any-program": '[ -n "$API_KEY" ]',
};

/** Two people, two environments, a vault in a subfolder, a remote, a backup and recovery words: made once, copied for each block. */
export class Template {
  private readonly box = new Sandbox();

  /** @param sealed false: a repository in which nobody has heard of envseal yet */
  constructor(sealed = true) {
    const project = this.box.project({
      ".env": PLAIN,
      ...(sealed && { ".env.production": PLAIN.replace(/_0123/g, "_9876"), "services/api/.env": "API_ONLY=api-value-0123456789\n" }),
      "app.js": 'if (!process.env.API_KEY) throw new Error("no API_KEY");\n',
      "start.sh": "#!/bin/sh\n",
      "package.json": '{"name":"shop","private":true,"scripts":{"start":"node app.js","test":"node app.js"}}\n',
    });
    mkdirSync(join(this.box.root, "bin"));
    for (const [name, line] of Object.entries(PROGRAMS)) program(this.box.root, name, line);
    for (const name of ["bob", "carol"]) program(this.box.root, name, asPerson(name));
    writeFileSync(join(this.box.root, "passphrase"), `${PASSPHRASE}\n`, { mode: 0o600 });
    mkdirSync(project.path("node_modules/.bin"), { recursive: true });
    symlinkSync(ROOT, project.path("node_modules/envseal"), "junction");
    symlinkSync("../envseal/dist/bin/cli.js", project.path("node_modules/.bin/envseal"));
    project.write(".git/info/exclude", "node_modules\n");
    if (sealed) this.seal(project);
  }

  private seal(project: Project): void {
    project.ok(["init", "--yes", "--no-hooks", "-q", "--recovery-file", "../words"]);
    project.ok(["backup", "create", "../home/envseal.backup", "--passphrase-file", "../passphrase", "-q"]);
    project.commitAll("seal");
    project.git("tag", "v1.4.0");
    project.git("init", "-q", "--bare", "../origin.git");
    project.git("remote", "add", "origin", "../origin.git");
    project.git("push", "-q", "-u", "origin", "main");
    // Bob has asked, and waits.
    this.setUp(project, "bob envseal join -q && git commit -qam 'bob joins' && git push -q");
  }

  private setUp(project: Project, shell: string): void {
    const done = project.execute(["bash", "-eo", "pipefail", "-c", shell], { env: environment(this.box) });
    if (done.code !== 0) throw new Error(`the start of all scenes failed:\n${done.stdout}${done.stderr}`);
  }

  /** A copy, that goes with the test; or `box`, for a scene that several tests go on with. */
  scene(box: Sandbox = sandbox()): Scene {
    copyTree(this.box.root, box.root);
    return new Scene(box);
  }

  remove(): void {
    this.box.remove();
  }
}

/** What follows runs as somebody else: a home, a name and an identity of their own. */
const asPerson = (name: string) => `home=$(dirname "$(dirname "$0")")/${name}
mkdir -p "$home"
[ -e "$home/gitconfig" ] || printf "[user]\\nname=${name}\\nemail=${name}@example.com\\n" >"$home/gitconfig"
exec env HOME="$home" XDG_CONFIG_HOME="$home/config" XDG_STATE_HOME="$home/state" GIT_CONFIG_GLOBAL="$home/gitconfig" "$@"`;

function program(root: string, name: string, line: string): void {
  const path = join(root, "bin", name);
  writeFileSync(path, `#!/bin/sh\n${line}\n`);
  chmodSync(path, 0o755);
}

const environment = (box: Sandbox): Record<string, string> => ({
  PATH: `${join(box.root, "bin")}:${box.env.PATH}`,
  VALUE: "piped-value-0123456789",
  EDITOR: "nano",
  GIT_PAGER: "cat",
  PAGER: "cat",
  XDG_RUNTIME_DIR: join(box.root, "home"),
});

export class Scene {
  readonly project: Project;
  readonly env: Record<string, string>;
  /** What the screen showed at each block. */
  readonly shown: string[] = [];

  constructor(box: Sandbox) {
    this.project = new Project(box, join(box.root, "repo"));
    this.env = environment(box);
  }

  /** Without a terminal. */
  sh(shell: string, env: Record<string, string> = {}) {
    return this.project.execute(["bash", "-eo", "pipefail", "-c", shell], { env: { ...this.env, ...env } });
  }

  /** As a reader does it: in a terminal, answering what is asked. */
  async type(shell: string, env: Record<string, string> = {}): Promise<{ code: number; screen: string }> {
    writeFileSync(this.project.path("../block.sh"), shell);
    const terminal = new Terminal(this.project, ["-eo", "pipefail", "../block.sh"], { ...this.env, ...env }, ["bash"]);
    const code = await terminal.answering(this.answers());
    this.shown.push(terminal.screen);
    return { code, screen: terminal.screen };
  }

  private answers() {
    return answersOf(() => {
      const shown = this.shown.map((screen) => shownWords(screen, 24)).find((words) => words.every(Boolean));
      return shown?.join(" ") ?? (this.project.read("../words").split("\n", 1)[0] as string);
    });
  }
}

const shownWord = (number: number, screen: string) =>
  [...screen.matchAll(/(\d+)\. ([a-z]+)/g)].filter((match) => Number(match[1]) === number).at(-1)?.[2] ?? "";
const shownWords = (screen: string, count: number) => Array.from({ length: count }, (_, index) => shownWord(index + 1, screen));

/** What a person would answer, by what is asked. */
function answersOf(recoveryWords: () => string): [RegExp, (asked: RegExpExecArray, screen: string) => string][] {
  const passphrase = (screen: string) => {
    return screen.includes("these 12 words") ? shownWords(screen, 12).join(" ") : PASSPHRASE;
  };
  return [
    [/◆ {2}word (\d+)\n/, (asked, screen) => `${shownWord(Number(asked[1]), screen)}\r`],
    [/◆ {2}press Enter/, () => "\r"],
    [/◆ {2}value of /, () => `${TYPED}\r`],
    [/◆ {2}the 24 recovery words/, () => `${recoveryWords()}\r`],
    [/The 24 words in order/, () => `${recoveryWords()}\r`],
    [/Enter passphrase: /, () => `${PASSPHRASE}\r`],
    [/◆ {2}a passphrase of your own/, () => `${PASSPHRASE}\r`],
    [/◆ {2}the same once more/, () => `${PASSPHRASE}\r`],
    [/◆ {2}[^\n]*passphrase of /, (_, screen) => `${passphrase(screen)}\r`],
    [/◆ {2}[^\n]*\n[^\n]*Yes/, () => "y"],
    [/◆ {2}[^\n]*which[^\n]*\n[^\n]*●/, () => "\r"],
  ];
}
