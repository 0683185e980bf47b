require("envseal/config");
require("./server.js");
