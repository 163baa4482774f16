// The README's examples: compiled against the package as it is built, and those that run, run.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { after, before, test } from "node:test";
import { examplesOf } from "../support/readme.js";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const examples = examplesOf(root);
// A project of its own in here finds the packages of this one, and the package itself by its name.
const folder = mkdtempSync(join(root, "examples-"));

before(() => {
    mkdirSync(join(folder, "node_modules/nearside"), { recursive: true });
    execFileSync("npx", ["tsc", "-p", "tsconfig.build.json", "--outDir", join(folder, "node_modules/nearside/dist")], { cwd: root });
    writeFileSync(join(folder, "node_modules/nearside/package.json"), readFileSync(join(root, "package.json")));
    writeFileSync(join(folder, "package.json"), '{"type": "module"}');
    for (const { name, text } of examples) writeFileSync(join(folder, name), text);
    const api = {
        openapi: "3.1.0",
        info: { title: "nearside", version: "1" },
        paths: {
            "/views/projects/{id}": {
                get: {
                    parameters: [
                        { in: "path", name: "id", required: true, schema: { type: "string" } },
                        { in: "query", name: "page", schema: { type: "integer" } },
                    ],
                    responses: {
                        200: {
                            description: "the view",
                            content: {
                                "application/json": {
                                    schema: { type: "object", required: ["name"], properties: { name: { type: "string" } } },
                                },
                            },
                        },
                    },
                },
            },
        },
    };
    writeFileSync(join(folder, "openapi.json"), JSON.stringify(api));
    execFileSync("npx", ["openapi-typescript", "openapi.json", "-o", "views.ts"], { cwd: folder, stdio: "pipe" });
});
after(() => rmSync(folder, { recursive: true }));

function compile(files: readonly string[]): string {
    const options = { ...JSON.parse(readFileSync(join(root, "tsconfig.json"), "utf8")).compilerOptions };
    Object.assign(options, { module: "ESNext", moduleResolution: "Bundler", types: [] });
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions: options, files }));
    try {
        execFileSync("npx", ["tsc", "-p", "tsconfig.json"], { cwd: folder, encoding: "utf8" });
        return "";
    } catch (error) {
        return (error as { stdout: string }).stdout;
    }
}

test("there are examples of each part", () => {
    assert.deepEqual(
        examples.map((example) => example.name).sort(),
        ["board.tsx", "client.tsx", "name.tsx", "next.config.ts", "page.tsx", "query.tsx", "rename.tsx", "subscribe.ts", "typed.tsx"],
    );
});

test("the examples compile", () => assert.equal(compile(examples.map((example) => example.name)), ""));

test("what the generated types don't know doesn't compile", () => {
    const wrong = `import { viewsOf } from "nearside";
import { useView } from "nearside/swr";
import type { paths } from "./views";
const view = viewsOf<paths>();
view("/views/nothing");
view("/views/projects/{id}");
view("/views/projects/{id}", { name: 7 });
view("/views/projects/{id}", { id: 7 }, { page: "two" });
useView(view("/views/projects/{id}", { id: 7 })).data?.nothing;
useView<paths, "/views/projects/{id}">("/views/projects/7").data?.nothing;
`;
    writeFileSync(join(folder, "wrong.ts"), wrong);
    const lines = [...compile(["wrong.ts"]).matchAll(/^wrong\.ts\((\d+),/gm)].map(([, line]) => Number(line));
    assert.deepEqual([...new Set(lines)], [5, 6, 7, 8, 9, 10]);
});

test("the package runs in Node.js as it is built", async () => {
    let version = "first";
    const server = createServer((request, response) => {
        if (request.url?.startsWith("/stream")) {
            response.writeHead(200, { "content-type": "text/event-stream" });
            version = "second";
            const said = { view: "/views/projects/7", etag: `"${version}"`, data: { name: version } };
            response.write(`event: snapshot\nid: a-1\ndata: ${JSON.stringify(said)}\n\n`);
        } else {
            response.writeHead(200, { etag: `"${version}"`, "content-type": "application/json" });
            response.end(JSON.stringify({ name: version }));
        }
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const built = (await import(pathToFileURL(join(folder, "node_modules/nearside/dist/index.js")).href)) as typeof import("../../src/index.js");
    const client = new built.Client({ origin });
    const names: string[] = [];
    await new Promise<void>((resolve) => {
        client.subscribe<{ name: string }>("/views/projects/7", {
            change: ({ name }) => {
                names.push(name);
                if (name === "second") resolve();
            },
        });
    });
    client.close();
    server.closeAllConnections();
    server.close();
    assert.deepEqual(names, ["first", "second"]);
});
