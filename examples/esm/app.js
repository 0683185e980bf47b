// First: what is imported below finds its values in process.env.
import "envseal/config";
import { createServer } from "node:http";

const { GREETING, PORT = "3000" } = process.env;

createServer((_request, response) => response.end(GREETING)).listen(Number(PORT), "127.0.0.1");
