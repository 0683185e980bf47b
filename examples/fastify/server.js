import Fastify from "fastify";

// The vault is open before this file is loaded (see "start"), so every module finds its values at import.
const { GREETING, PORT = "3000" } = process.env;

const app = Fastify();
app.get("/", () => GREETING);
await app.listen({ host: "127.0.0.1", port: Number(PORT) });
