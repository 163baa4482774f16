// A page of Next.js as a user would have it: the package as it is published, the README's examples and `tests/next` built by
// `next build`, and `next start` before the real nearside, whose upstream knows its visitors.

import { execFile, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server } from "node:http";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { examplesOf } from "../support/readme.js";
import { listening, NearsideNode } from "./nearside-node.js";

export class NextSite {
    origin = "";
    version = 1;
    /** What the upstream answers with, where it isn't 200. */
    failure: number | undefined;
    /** For whom the upstream was asked. */
    readonly calls: string[] = [];
    private readonly node = new NearsideNode();
    private readonly folder: string;
    private upstream: Server | undefined;
    private process: ChildProcess | undefined;

    constructor(private readonly root: string) {
        // Below the package, whose own packages it finds.
        this.folder = mkdtempSync(join(root, "examples-next-"));
    }

    async open(): Promise<void> {
        this.upstream = createServer((request, response) => {
            const { version } = this;
            const owner = ownerOf(request);
            this.calls.push(owner);
            response.writeHead(this.failure ?? 200, { "content-type": "application/json" });
            response.end(JSON.stringify(this.failure ? {} : { owner, version, name: `${owner}'s project ${version}` }));
        });
        const upstream = await listening(this.upstream);
        await this.node.open(
            "",
            `upstreams:
  api: {url: "http://127.0.0.1:${upstream}", forward: [authorization, cookie], circuit: {failures: 0}}
views:
  board: {path: /views/board, fresh: 1h, tags: [all], steps: {board: {get: /api/board}}, out: {owner: board.owner, version: board.version}}
  project: {path: "/views/projects/{id}", fresh: 1h, tags: [all], steps: {project: {get: "/api/projects/{id}"}}, out: {name: project.name}}
streams: {heartbeat: 2s, retry: 200ms}
`,
        );
        await this.install();
        await run(process.execPath, [this.command, "build"], this.folder, this.environment);
        await this.start();
    }

    /** Something has changed, and the upstream says so. */
    async change(): Promise<void> {
        this.version++;
        await this.node.invalidate("all");
    }

    private async install(): Promise<void> {
        const { root, folder } = this;
        cpSync(join(root, "tests/next"), folder, { recursive: true });
        const project = join(folder, "app/projects/[id]");
        mkdirSync(project, { recursive: true });
        for (const { name, text } of examplesOf(root)) {
            if (name === "next.config.ts") writeFileSync(join(folder, name), text);
            if (name === "page.tsx" || name === "name.tsx") writeFileSync(join(project, name), text);
        }
        const installed = join(folder, "node_modules/nearside");
        mkdirSync(installed, { recursive: true });
        await run("npx", ["tsc", "-p", "tsconfig.build.json"], root);
        const packed = await run("npm", ["pack", "--silent", "--ignore-scripts", "--pack-destination", folder], root);
        await run("tar", ["-xzf", join(folder, packed.trim()), "-C", installed, "--strip-components=1"], root);
    }

    private get command(): string {
        return join(this.root, "node_modules/next/dist/bin/next");
    }

    private get environment(): NodeJS.ProcessEnv {
        const { NEARSIDE_JUNIT: _, NODE_TEST_CONTEXT: __, ...rest } = process.env;
        return { ...rest, NODE_ENV: "production", NEXT_TELEMETRY_DISABLED: "1", NEARSIDE_URL: this.node.origin };
    }

    private async start(): Promise<void> {
        const withParent = join(this.root, "tests/support/with-parent.mjs");
        const given = ["--import", withParent, this.command, "start", "--hostname", "127.0.0.1", "--port", "0"];
        const started = spawn(process.execPath, given, {
            cwd: this.folder,
            env: this.environment,
            stdio: ["pipe", "pipe", "pipe"],
        });
        this.process = started;
        const said: string[] = [];
        createInterface({ input: started.stderr }).on("line", (line) => said.push(line));
        this.origin = await new Promise<string>((resolve, reject) => {
            const fail = (): void => {
                clearTimeout(deadline);
                reject(new Error(`next start doesn't come up:\n${said.join("\n")}`));
            };
            const deadline = setTimeout(fail, 60_000);
            started.once("exit", fail);
            createInterface({ input: started.stdout }).on("line", (line) => {
                said.push(line);
                const origin = /http:\/\/127\.0\.0\.1:[1-9]\d*/.exec(said.join("\n"))?.[0];
                if (!origin || !line.includes("Ready")) return;
                clearTimeout(deadline);
                resolve(origin);
            });
        });
    }

    async close(): Promise<void> {
        const running = this.process;
        if (running && running.exitCode === null) {
            const ended = once(running, "exit");
            running.kill("SIGKILL");
            await ended;
        }
        await this.node.close();
        this.upstream?.closeAllConnections();
        this.upstream?.close();
        rmSync(this.folder, { recursive: true, force: true, maxRetries: 10 });
    }
}

async function run(command: string, given: string[], cwd: string, env = process.env): Promise<string> {
    try {
        const { stdout } = await promisify(execFile)(command, given, { cwd, env, timeout: 300_000 });
        return stdout;
    } catch (error) {
        const { stdout, stderr } = error as { stdout: string; stderr: string };
        throw new Error(`${command} ${given.join(" ")}:\n${stdout}${stderr}`);
    }
}

function ownerOf({ headers }: IncomingMessage): string {
    const cookie = /(?:^|; )user=(\w+)/.exec(headers.cookie ?? "")?.[1];
    return cookie ?? /^Token (\w+)$/.exec(headers.authorization ?? "")?.[1] ?? "nobody";
}
