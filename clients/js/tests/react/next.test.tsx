// `nearside/next`: a server reads the view and renders with it; the browser takes over without a flicker.

import { Page } from "../support/page.js";
import assert from "node:assert/strict";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { createElement } from "react";
import { seedView, ViewError } from "../../src/next.js";
import { NearsideProvider, useView } from "../../src/swr.js";

const url = "/views/projects/7?page=2";

async function nearside(status: number, document: unknown) {
    const asked: { url: string | undefined; headers: IncomingHttpHeaders }[] = [];
    const server = createServer((request, response) => {
        asked.push({ url: request.url, headers: request.headers });
        response.writeHead(status, { "content-type": "application/json", etag: '"v1"' }).end(JSON.stringify(document));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const close = () => {
        server.closeAllConnections();
        return new Promise((resolve) => server.close(resolve));
    };
    return { origin, asked, close };
}

test("a server reads a view with its user's credentials", async () => {
    const { origin, asked, close } = await nearside(200, { name: "first" });
    const seed = await seedView(url, { origin, headers: { authorization: "Token minji" } });
    await close();
    assert.deepEqual(seed, { url, data: { name: "first" }, etag: '"v1"' });
    assert.equal(asked[0]?.url, url);
    assert.equal(asked[0]?.headers.authorization, "Token minji");
});

test("a visitor without credentials sends none, and nobody's credentials go elsewhere", async () => {
    const { origin, asked, close } = await nearside(200, {});
    await seedView(url, { origin, headers: { cookie: "" } });
    await assert.rejects(seedView(`//elsewhere.example/`, { origin, headers: { cookie: "user=minji" } }), TypeError);
    await close();
    assert.deepEqual(asked.map((each) => each.headers.cookie), [undefined]);
});

test("a view that can't be had says why", async () => {
    const { origin, close } = await nearside(403, { title: "Forbidden" });
    await assert.rejects(seedView(url, { origin }), (error: unknown) => error instanceof ViewError && error.status === 403);
    await close();
});

test("what a server rendered is hydrated without a flicker, and then live", async (context) => {
    const page = new Page();
    context.after(() => page.close());
    const etag = page.server.set(url, { name: "first" });
    const seed = { url, data: { name: "first" }, etag };
    const loading: boolean[] = [];
    const Name = () => {
        const { data, isLoading } = useView<{ name: string }>(url);
        loading.push(isLoading);
        return <p>{data?.name ?? "loading"}</p>;
    };
    const errors: unknown[] = [];
    context.mock.method(console, "error", (...said: unknown[]) => void errors.push(said));
    await page.hydrate("<p>first</p>", createElement(NearsideProvider, { client: page.client, seeds: [seed] }, <Name />));
    assert.equal(page.text, "first");
    page.server.set(url, { name: "second" });
    await page.shows("second");
    assert.deepEqual(errors, []);
    assert.ok(!loading.includes(true));
});
