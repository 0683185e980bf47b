const { createServer } = require("node:http");

const { GREETING, PORT = "3000" } = process.env;

createServer((_request, response) => response.end(GREETING)).listen(Number(PORT), "127.0.0.1");
