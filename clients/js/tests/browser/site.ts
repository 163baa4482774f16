// The real nearside before a small upstream, which has the view's data and the page itself: one origin for both.

import { build } from "esbuild";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { createServer as createSocket, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const binary = process.env["NEARSIDE_BINARY"] ?? "";

export class Site {
    version = 1;
    /** Beside the version; so long that a patch of the version alone is worth while. */
    text = "-".repeat(1000);
    /** The page comes with what a server has rendered. */
    isSeeded = false;
    origin = "";
    private readonly folder = mkdtempSync(join(tmpdir(), "nearside-site-"));
    private upstream: Server | undefined;
    private process: ChildProcess | undefined;
    private admin = "";

    async open(root: string): Promise<void> {
        const bundled = await build({
            entryPoints: [join(root, "tests/browser/page.tsx")],
            bundle: true,
            write: false,
            format: "esm",
            jsx: "automatic",
            define: { "process.env.NODE_ENV": '"production"' },
        });
        const script = bundled.outputFiles[0]?.text ?? "";
        this.upstream = createServer((request, response) => {
            const send = (type: string, body: string): void =>
                void response.writeHead(200, { "content-type": type }).end(body);
            if (request.url === "/api/board") return send("application/json", JSON.stringify(this.board));
            if (request.url === "/app/page.js") return send("text/javascript", script);
            const seed = { url: "/views/board", data: this.board };
            const seeded = this.isSeeded ? `<script>window.seed = ${JSON.stringify(seed)}</script>` : "";
            return send("text/html", `<!doctype html>${seeded}<div id="app"></div><script type="module" src="/app/page.js"></script>`);
        });
        const upstream = await listening(this.upstream);
        const [port, adminPort] = [await freePort(), await freePort()];
        this.origin = `http://127.0.0.1:${port}`;
        this.admin = `http://127.0.0.1:${adminPort}`;
        writeFileSync(
            join(this.folder, "nearside.yaml"),
            `server: {listen: "127.0.0.1:${port}", limits: {write_timeout: 1s}}
admin: {listen: "127.0.0.1:${adminPort}", token: of-these-tests}
upstreams:
  site: {url: "http://127.0.0.1:${upstream}"}
routes:
  - {path: /app/**, upstream: site}
views:
  board: {path: /views/board, fresh: 200ms, stale: 10m, stale_if_error: 1d, steps: {board: {get: /api/board}}, out: {version: board.version, text: board.text}}
streams: {heartbeat: 2s, retry: 200ms, history: 3}
`,
        );
        await this.start();
    }

    async start(): Promise<void> {
        this.process = spawn(binary, ["serve", join(this.folder, "nearside.yaml")], { stdio: "ignore" });
        for (let tries = 0; tries < 600; tries++) {
            const answer = await fetch(`${this.admin}/readyz`).catch(() => undefined);
            if (answer?.ok) return;
            await new Promise((resolve) => setTimeout(resolve, 50));
        }
        throw new Error("nearside doesn't come up");
    }

    async kill(): Promise<void> {
        const running = this.process;
        this.process = undefined;
        if (!running || running.exitCode !== null) return;
        const ended = once(running, "exit");
        running.kill("SIGKILL");
        await ended;
    }

    /** How many streams are open. */
    async streams(): Promise<number> {
        return this.metric("nearside_streams");
    }

    /** How many events of this name were written to streams. */
    async events(name: string): Promise<number> {
        return this.metric("nearside_stream_events_total", `event="${name}"`);
    }

    private async metric(name: string, label = ""): Promise<number> {
        const answer = await fetch(`${this.admin}/metrics`, { headers: { authorization: "Bearer of-these-tests" } });
        const lines = (await answer.text()).split("\n").filter((line) => /^\w+/.exec(line)?.[0] === name && line.includes(label));
        return lines.reduce((sum, line) => sum + Number(line.split(" ").at(-1)), 0);
    }

    private get board() {
        return { version: this.version, text: this.text };
    }

    async close(): Promise<void> {
        await this.kill();
        this.upstream?.closeAllConnections();
        this.upstream?.close();
        rmSync(this.folder, { recursive: true });
    }
}

async function listening(server: Server): Promise<number> {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return (server.address() as AddressInfo).port;
}

async function freePort(): Promise<number> {
    const socket = createSocket().listen(0, "127.0.0.1");
    await once(socket, "listening");
    const { port } = socket.address() as AddressInfo;
    socket.close();
    await once(socket, "close");
    return port;
}
