import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { bundleForEdge, edgeCases, edgeScript } from "../support/edge.ts";
import { Example, GREETING, notHeavy } from "../support/examples.ts";

const skipped = notHeavy();

describe.skipIf(skipped !== null)(skipped ?? "examples/worker", () => {
  it("answers in workerd, and reads the vectors there", { timeout: 300_000 }, async () => {
    const example = await Example.of("worker");
    const dev = (key: string) => (port: number) => [
      "npx",
      "--no-install",
      "wrangler",
      "dev",
      "--ip",
      "127.0.0.1",
      "--port",
      String(port),
      "--inspector-port",
      "0",
      "--var",
      `ENVSEAL_KEY:${key}`,
    ];
    const env = { HOME: example.sandbox.home, WRANGLER_SEND_METRICS: "false", CI: "1" };
    const worker = await example.serve(dev(example.key), { env });
    expect(await worker.get()).toBe(GREETING);
    worker.stop();
    const refused = await example.serve(dev("esk_default_AAAA"), { env });
    expect(await refused.get()).not.toContain(GREETING);
    expect(refused.log).toContain("the key option is cut off or mistyped");
    refused.stop();

    // workerd by itself, without what wrangler adds.
    const cases = edgeCases();
    const { code } = await bundleForEdge(`${edgeScript(cases)}\nexport default { fetch: () => Response.json(run()) };`);
    example.write("vectors.js", code);
    const [binary = ""] = readdirSync(example.path("node_modules/@cloudflare")).filter((name) => name.startsWith("workerd-"));
    const bare = await example.serve((port) => {
      example.write(
        "config.capnp",
        `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (services = [(name = "main", worker = (modules = [(name = "vectors.js", esModule = embed "vectors.js")], compatibilityDate = "2026-01-01"))], sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")]);\n`,
      );
      return [example.path("node_modules/@cloudflare", binary, "bin/workerd"), "serve", "config.capnp"];
    });
    const results = JSON.parse(await bare.get()) as unknown[];
    expect(cases.map(({ about }, index) => [about, results[index]])).toEqual(cases.map(({ about, expected }) => [about, expected]));
  });
});
