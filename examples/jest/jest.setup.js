// ENVSEAL=off (a run without a key, with values of its own) skips it; a missing key otherwise fails every test file.
require("envseal").config();
