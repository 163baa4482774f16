// Bundles the tests and runs them with Node's own runner. What is below tests/react runs twice, with React 18 and with 19.
// `node tests/run.mjs [browser|NAME-PART]`

import { build } from "esbuild";
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, "..", "out");
const wanted = process.argv[2] ?? "";

const folders = wanted === "browser" ? ["browser"] : ["core", "react", "docs"];
const entries = (folder) =>
    readdirSync(join(here, folder), { withFileTypes: true })
        .filter((file) => /\.test\.tsx?$/.test(file.name))
        .map((file) => join(here, folder, file.name))
        .filter((path) => wanted === "browser" || path.includes(wanted));

rmSync(out, { recursive: true, force: true });
mkdirSync(out);

const common = {
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node18",
    sourcemap: "inline",
    logLevel: "warning",
    jsx: "automatic",
    outExtension: { ".js": ".mjs" },
    external: ["jsdom", "esbuild", "playwright-core", "typescript", "openapi-typescript"],
    // React is CommonJS, and asks for Node's own modules by `require`.
    banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' },
};

for (const folder of folders) {
    const files = entries(folder);
    if (files.length === 0) continue;
    const versions = folder === "react" ? ["19", "18"] : [""];
    for (const version of versions) {
        const alias = version === "18" ? { react: "react-18", "react-dom": "react-dom-18" } : {};
        await build({ ...common, entryPoints: files, outdir: join(out, folder + version), alias });
    }
}

const bundles = readdirSync(out, { recursive: true })
    .filter((path) => path.endsWith(".test.mjs"))
    .map((path) => join(out, path));
const options = ["--enable-source-maps", "--test", ...ofNode20()];
const ran = spawnSync(process.execPath, [...options, ...bundles], { stdio: "inherit" });
process.exit(ran.status ?? 1);

// Debian's Node.js 18 knows neither of these.
function ofNode20() {
    if (Number(process.versions.node.split(".")[0]) < 20) return [];
    const file = process.env.NEARSIDE_JUNIT;
    const report = ["--test-reporter=junit", `--test-reporter-destination=${file}`];
    const screen = ["--test-reporter=spec", "--test-reporter-destination=stdout"];
    return ["--test-timeout=600000", ...(file ? [...report, ...screen] : ["--test-reporter=spec"])];
}
