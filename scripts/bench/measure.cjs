// Preloaded into every measured process, the empty one too: what it used, when it ends, goes to a file.
const { existsSync, readFileSync, writeFileSync } = require("node:fs");
const target = process.env.ENVSEAL_BENCH_OUT;
const STATUS = "/proc/self/status";
if (target !== undefined) {
  delete process.env.NODE_OPTIONS;
  delete process.env.ENVSEAL_BENCH_OUT;
  process.on("exit", () => {
    const { user, system } = process.cpuUsage();
    // Its own peak: resourceUsage() counts what the process was that started it, too.
    const own = existsSync(STATUS) ? /VmHWM:\s+(\d+)/.exec(readFileSync(STATUS, "utf8"))?.[1] : undefined;
    const kilobytes = own === undefined ? process.resourceUsage().maxRSS : Number(own);
    writeFileSync(target, JSON.stringify({ cpu: (user + system) / 1000, rss: kilobytes / 1024 }));
  });
}
