/** Put before the program with `node --require`: it runs as another user than the owner of every file. */
process.geteuid = () => 4_242_424;
