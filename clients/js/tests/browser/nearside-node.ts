// A node of the real nearside, with a configuration of the test's own.

import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { Server } from "node:http";
import { createServer as createSocket, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const binary = process.env["NEARSIDE_BINARY"] ?? "";
const authorization = "Bearer of-these-tests";

export class NearsideNode {
    origin = "";
    private readonly folder = mkdtempSync(join(tmpdir(), "nearside-node-"));
    private process: ChildProcess | undefined;
    private admin = "";

    /** `server`: more of that section. `sections`: what follows it. */
    async open(server: string, sections: string): Promise<void> {
        const [port, adminPort] = [await freePort(), await freePort()];
        this.origin = `http://127.0.0.1:${port}`;
        this.admin = `http://127.0.0.1:${adminPort}`;
        writeFileSync(
            join(this.folder, "nearside.yaml"),
            `server: {listen: "127.0.0.1:${port}"${server}}
admin: {listen: "127.0.0.1:${adminPort}", token: of-these-tests}
${sections}`,
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

    /** The sum of a metric's samples; of those with that label, where one is named. */
    async metric(name: string, label = ""): Promise<number> {
        const answer = await fetch(`${this.admin}/metrics`, { headers: { authorization } });
        const lines = (await answer.text()).split("\n").filter((line) => /^\w+/.exec(line)?.[0] === name && line.includes(label));
        return lines.reduce((sum, line) => sum + Number(line.split(" ").at(-1)), 0);
    }

    async invalidate(tag: string): Promise<void> {
        const body = JSON.stringify({ tags: [tag] });
        const answer = await fetch(`${this.admin}/invalidate`, { method: "POST", headers: { authorization }, body });
        if (!answer.ok) throw new Error(`${tag} isn't invalidated: ${answer.status}`);
    }

    async close(): Promise<void> {
        await this.kill();
        rmSync(this.folder, { recursive: true });
    }
}

/** The port of a server that listens from now on. */
export async function listening(server: Server): Promise<number> {
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
