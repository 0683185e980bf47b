const cluster = require("node:cluster");
const { createServer } = require("node:http");

// The preload runs in each worker too: it finds that the parent has opened everything, and needs no key.
if (cluster.isPrimary) {
  for (let count = 0; count < 2; count++) cluster.fork();
} else {
  const { GREETING, PORT = "3000" } = process.env;
  createServer((_request, response) => response.end(GREETING)).listen(Number(PORT), "127.0.0.1");
}
