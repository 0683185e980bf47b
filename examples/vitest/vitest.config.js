import { config } from "envseal";
import { defineConfig } from "vitest/config";

// Here, once, and not in a set-up file, which runs for each test file: the workers inherit the values.
config();

export default defineConfig({});
