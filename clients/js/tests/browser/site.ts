// The real nearside before a small upstream, which has the view's data and the page itself: one origin for both.

import { build } from "esbuild";
import { createServer, type Server } from "node:http";
import { join } from "node:path";
import { listening, NearsideNode } from "./nearside-node.js";

export class Site {
    version = 1;
    /** Beside the version; so long that a patch of the version alone is worth while. */
    text = "-".repeat(1000);
    /** The page comes with what a server has rendered. */
    isSeeded = false;
    private readonly node = new NearsideNode();
    private upstream: Server | undefined;

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
        await this.node.open(
            ", limits: {write_timeout: 1s}",
            `upstreams:
  site: {url: "http://127.0.0.1:${upstream}"}
routes:
  - {path: /app/**, upstream: site}
views:
  board: {path: /views/board, fresh: 200ms, stale: 10m, stale_if_error: 1d, steps: {board: {get: /api/board}}, out: {version: board.version, text: board.text}}
streams: {heartbeat: 2s, retry: 200ms, history: 3}
`,
        );
    }

    get origin(): string {
        return this.node.origin;
    }

    async start(): Promise<void> {
        await this.node.start();
    }

    async kill(): Promise<void> {
        await this.node.kill();
    }

    /** How many streams are open. */
    async streams(): Promise<number> {
        return this.node.metric("nearside_streams");
    }

    /** How many events of this name were written to streams. */
    async events(name: string): Promise<number> {
        return this.node.metric("nearside_stream_events_total", `event="${name}"`);
    }

    private get board() {
        return { version: this.version, text: this.text };
    }

    async close(): Promise<void> {
        await this.node.close();
        this.upstream?.closeAllConnections();
        this.upstream?.close();
    }
}
