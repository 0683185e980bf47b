// Preloaded into every measured process, the empty one too: what it used, when it ends, goes to a file.
const { writeFileSync } = require("node:fs");
const target = process.env.ENVSEAL_BENCH_OUT;
if (target !== undefined) {
  delete process.env.NODE_OPTIONS;
  delete process.env.ENVSEAL_BENCH_OUT;
  process.on("exit", () => {
    const { user, system } = process.cpuUsage();
    writeFileSync(target, JSON.stringify({ cpu: (user + system) / 1000, rss: process.resourceUsage().maxRSS / 1024 }));
  });
}
