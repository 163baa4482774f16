// The client library is taken as its sources, so that the screen shows what is in this tree.
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

const library = (file) => fileURLToPath(new URL(`../js/src/${file}`, import.meta.url));

export default defineConfig({
    esbuild: { jsx: "automatic" },
    resolve: {
        alias: [
            { find: /^nearside$/, replacement: library("index.ts") },
            { find: /^nearside\/swr$/, replacement: library("swr.ts") },
        ],
        dedupe: ["react", "react-dom", "swr"],
    },
    build: { target: "es2022" },
});
