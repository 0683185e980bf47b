import { createServer } from "node:http";
import { EnvsealError, load } from "envseal";

const { GREETING, PORT = "3000" }: NodeJS.ProcessEnv = process.env;

// Typed, and without touching process.env: the values of another vault.
function valuesOf(path: string): Record<string, string> {
  try {
    return load({ path });
  } catch (error) {
    if (error instanceof EnvsealError && error.code === "NO_VAULT") return {};
    throw error;
  }
}

createServer((request, response) => {
  response.end(request.url === "/other" ? JSON.stringify(valuesOf(".env.other.vault")) : GREETING);
}).listen(Number(PORT), "127.0.0.1");
