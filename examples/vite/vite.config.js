import { envseal } from "envseal/vite";
import { defineConfig } from "vite";

export default defineConfig({
  plugins: [envseal()],
});
