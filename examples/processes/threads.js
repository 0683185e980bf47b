const { createServer } = require("node:http");
const { isMainThread, parentPort, Worker } = require("node:worker_threads");

// A thread gets a copy of process.env, and the preload with it.
if (isMainThread) {
  const { PORT = "3000" } = process.env;
  createServer((_request, response) => {
    new Worker(__filename).once("message", (greeting) => response.end(greeting));
  }).listen(Number(PORT), "127.0.0.1");
} else {
  parentPort.postMessage(process.env.GREETING);
}
