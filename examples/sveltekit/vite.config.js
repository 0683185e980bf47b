import { sveltekit } from "@sveltejs/kit/vite";
import { envseal } from "envseal/vite";
import { defineConfig } from "vite";

// envseal first: SvelteKit reads process.env for its $env modules.
export default defineConfig({ plugins: [envseal(), sveltekit()] });
