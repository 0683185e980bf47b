import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { notHeavy } from "../support/examples.ts";
import { ROOT, sandbox } from "../support/sandbox.ts";
import { terminalIsHere, terminalNotice } from "../support/terminal.ts";

const missing = notHeavy();

it.runIf(terminalIsHere && missing === null)(
  `README's session, from an empty folder to a server with an injected key${terminalNotice}${missing ?? ""}`,
  { timeout: 300_000 },
  () => {
    const { root } = sandbox();
    const done = spawnSync(process.execPath, [join(ROOT, "scripts/record-session.mjs"), root], { encoding: "utf8" });
    expect(done.status, done.stderr).toBe(0);
    // How long it took is printed and no test: it is a matter of this machine and the network.
    expect(done.stdout).toMatch(/^two-minutes: [\d.]+ s in 10 commands$/m);
    const shown = (name: string) => readFileSync(join(root, `${name}.svg`), "utf8").replace(/<[^>]*>\n?/g, "\n");
    expect(shown("two-minutes")).toMatch(/port 3000, a key of 24/);
    expect(shown("two-minutes")).toContain("[NO_KEY]");
    expect(shown("hook")).toMatch(/\[leak\][\s\S]*\[plaintext-file\]/);
    expect(shown("status")).toContain("MAIL_TOKEN");
    expect(shown("log")).toMatch(/sealed anew, v1 -&gt; v2[\s\S]*MAIL_TOKEN/);
    for (const name of ["two-minutes", "hook", "status", "log"]) expect(shown(name)).not.toMatch(/esk_default_[\w-]{5,}/);
  },
);
