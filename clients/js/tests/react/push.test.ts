// What is kept of a view in a cache of SWR's or TanStack Query's: nothing, once nobody shows it.

import { QueryClient } from "@tanstack/react-query";
import assert from "node:assert/strict";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { Cache, ScopedMutator } from "swr";
import { Client } from "../../src/client.js";
import { QueryPush } from "../../src/query-push.js";
import { SwrPush } from "../../src/swr-push.js";
import { Browser } from "../support/browser.js";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

const url = "/views/projects/7";
const caches = {
    SWR: () => {
        const cache: Cache = new Map();
        const mutate: ScopedMutator = async () => [];
        return (client: Client) => SwrPush.use(cache, url, client, mutate);
    },
    "TanStack Query": () => {
        const queries = new QueryClient();
        return (client: Client) => QueryPush.use(queries, url, client);
    },
};

// Apart, so that nothing on the stack keeps the client.
async function usedTwice(use: (client: Client) => () => void): Promise<WeakRef<Client>> {
    const browser = new Browser();
    browser.server.set(url, {});
    const client = new Client({ origin: "http://near.test", environment: browser.tab(false).environment });
    const leave = [use(client), use(client)];
    await browser.simulation.pass(1_000);
    assert.deepEqual(browser.server.listening, [url]);
    for (const each of leave) each();
    await browser.simulation.pass(60_000);
    assert.deepEqual(browser.server.listening, []);
    client.close();
    return new WeakRef(client);
}

for (const [name, make] of Object.entries(caches))
    test(`a cache of ${name} that lives on keeps nothing of a view that nobody shows`, async () => {
        const use = make();
        const client = await usedTwice(use);
        await new Promise((resolve) => setImmediate(resolve)); // a WeakRef holds until the turn ends
        collect();
        assert.ok(client.deref() === undefined);
        assert.ok(use);
    });
