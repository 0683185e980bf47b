import { describe, expect, it } from "vitest";
import { Example, GREETING, noRegistry } from "../support/examples.ts";
import { sampled } from "../support/sample.ts";

const SCRIPTS: [example: string, script: string][] = [
  ["commonjs", "start"],
  ["esm", "start"],
  ["express", "start"],
  ["fastify", "start"],
];

const skipped = noRegistry();

describe.skipIf(skipped !== null)(skipped ?? "examples", () => {
  it.each(sampled(SCRIPTS, 2))(
    "%s answers with a value of its vault, and does not start without a key",
    { timeout: 120_000 },
    async (name, script) => {
      const example = await Example.of(name);
      const start = () => ["npm", "run", "--silent", script];
      expect(await (await example.serve(start)).get()).toBe(GREETING);
      await expect(example.serve(start, { env: { ENVSEAL_KEY: "" } })).rejects.toThrow(/NO_KEY/);
    },
  );

  it("processes: cluster and worker threads", { timeout: 120_000 }, async () => {
    const example = await Example.of("processes", { without: ["pm2"] });
    for (const script of ["cluster", "threads"]) {
      const server = await example.serve(() => ["npm", "run", "--silent", script]);
      expect(await server.get(), script).toBe(GREETING);
      server.stop();
    }
  });
});
