import express from "express";

// The vault is open before this file is loaded (see "start"), so every module finds its values at import.
const { GREETING, PORT = "3000" } = process.env;

const app = express();
app.get("/", (_request, response) => {
  response.send(GREETING);
});
app.listen(Number(PORT), "127.0.0.1");
