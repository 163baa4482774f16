// A page that listens to views: what it sees while the server, the network and the page itself come and go.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Client, type ClientOptions } from "../../src/client.js";
import type { Problem } from "../../src/messages.js";
import { Browser } from "../support/browser.js";

const view = "/views/projects/7";

function page(browser: Browser, options: Partial<ClientOptions> = {}) {
    const tab = browser.tab(false);
    const client = new Client({ origin: "http://near.test", environment: tab.environment, ...options });
    const seen: unknown[] = [];
    const problems: Problem[] = [];
    const listen = (url = view, seed?: { data: unknown; etag?: string }) =>
        client.subscribe(url, {
            change: (data) => void seen.push(data),
            problem: (problem) => void problems.push(problem),
            ...(seed && { seed }),
        });
    return { tab, client, seen, problems, listen };
}

function browserWith(data: unknown): Browser {
    const browser = new Browser();
    browser.server.set(view, data);
    return browser;
}

test("a view is there, and each change of it", async () => {
    const browser = browserWith({ count: 1 });
    const { seen, client, listen } = page(browser);
    listen();
    await browser.simulation.pass(100);
    assert.deepEqual(seen, [{ count: 1 }]);
    assert.equal(client.status, "live");
    browser.server.set(view, { count: 2 });
    browser.server.set(view, { count: 3 });
    await browser.simulation.pass(100);
    assert.deepEqual(seen, [{ count: 1 }, { count: 2 }, { count: 3 }]);
});

test("what a seed brought isn't asked for again, and what is equal keeps its identity", async () => {
    const jobs = [{ id: 1, status: "running" }, { id: 2, status: "queued" }];
    const browser = browserWith({ jobs });
    const data = structuredClone({ jobs });
    const { seen, listen } = page(browser);
    const subscription = listen(view, { data, etag: browser.server.get(view).etag });
    await browser.simulation.pass(100);
    assert.deepEqual(browser.server.seen.map((request) => request.url), ["/stream?view=%2Fviews%2Fprojects%2F7"]);
    assert.deepEqual(seen, []);
    browser.server.set(view, { jobs: [{ id: 1, status: "done" }, { id: 2, status: "queued" }] });
    await browser.simulation.pass(100);
    const now = subscription.current?.data as typeof data;
    assert.notEqual(now.jobs[0], data.jobs[0]);
    assert.equal(now.jobs[1], data.jobs[1]);
});

test("a change that is only announced is fetched", async () => {
    const browser = browserWith({ count: 1 });
    browser.server.telling = () => "changed";
    const { seen, listen } = page(browser);
    listen();
    await browser.simulation.pass(100);
    browser.server.set(view, { count: 2 });
    await browser.simulation.pass(100);
    assert.deepEqual(seen, [{ count: 1 }, { count: 2 }]);
    assert.equal(browser.server.seen.at(-1)?.headers.get("if-none-match"), '"v1"');
});

test("views and streams are asked for as they are stored, whatever `fetch` would say of itself", async () => {
    const browser = browserWith({ count: 1 });
    const { listen, client } = page(browser);
    listen();
    await browser.simulation.pass(100);
    const said = () => browser.server.seen.map((request) => request.headers.get("cache-control"));
    assert.deepEqual([...new Set(said())], ["as-stored"]);
    const read = client.read(view, { fresh: true });
    await browser.simulation.pass(100);
    await read;
    assert.equal(said().at(-1), "no-cache");
});

test("after a loss the stream goes on where it was", async () => {
    const browser = browserWith({ count: 1 });
    const { seen, listen } = page(browser);
    listen();
    await browser.simulation.pass(100);
    browser.server.set(view, { count: 2 });
    await browser.simulation.pass(100);
    browser.server.cut();
    browser.server.set(view, { count: 3 });
    browser.server.set(view, { count: 4 });
    await browser.simulation.pass(2_000);
    assert.deepEqual(seen, [{ count: 1 }, { count: 2 }, { count: 3 }, { count: 4 }]);
    assert.equal(browser.server.requests("/stream").at(-1)?.headers.get("last-event-id"), "e1-2");
});

test("a node that is down is tried again, later and later; a new one that knows no history is as good", async () => {
    const browser = browserWith({ count: 1 });
    const { seen, listen, client } = page(browser);
    listen();
    await browser.simulation.pass(100);
    browser.server.isDown = true;
    browser.server.restart();
    browser.server.set(view, { count: 2 });
    await browser.simulation.pass(60_000);
    assert.equal(client.status, "waiting");
    const tries = browser.server.requests("/stream").length;
    assert.ok(tries >= 4 && tries <= 9, `${tries} tries in a minute`);
    browser.server.isDown = false;
    await browser.simulation.pass(31_000);
    assert.deepEqual(seen, [{ count: 1 }, { count: 2 }]);
});

test("a stream that falls silent is given up", async () => {
    const browser = browserWith({ count: 1 });
    const { seen, listen } = page(browser);
    listen();
    await browser.simulation.pass(100);
    browser.server.streaming = "buffered"; // not a byte any more, and no end
    browser.server.set(view, { count: 2 });
    await browser.simulation.pass(39_000);
    browser.server.streaming = "carried";
    await browser.simulation.pass(5_000);
    assert.deepEqual(seen, [{ count: 1 }, { count: 2 }]);
});

test("heartbeats keep a quiet stream open", async () => {
    const browser = browserWith({ count: 1 });
    const { listen } = page(browser);
    listen();
    await browser.simulation.pass(600_000);
    assert.equal(browser.server.requests("/stream").length, 1);
});

for (const streaming of ["refused", "html", "buffered"] as const)
    test(`where streams are ${streaming}, requests wait for the change`, async () => {
        const browser = browserWith({ count: 1 });
        browser.server.streaming = streaming;
        const { seen, listen, client } = page(browser);
        listen();
        await browser.simulation.pass(100_000);
        assert.equal(client.status, "polling");
        browser.server.set(view, { count: 2 });
        await browser.simulation.pass(50);
        browser.server.set(view, { count: 3 });
        await browser.simulation.pass(50);
        assert.deepEqual(seen, [{ count: 1 }, { count: 2 }, { count: 3 }]);
        assert.equal(browser.server.seen.at(-1)?.headers.get("prefer"), "wait=25");
    });

test("where requests take the place of streams, what they newly fail with is told as pushed, once", async () => {
    const browser = browserWith({ count: 1 });
    browser.server.streaming = "refused";
    const { client } = page(browser);
    const told: unknown[] = [];
    client.subscribe(view, {
        change: (data) => void told.push(data),
        problem: (problem, pushed) => void told.push([problem.status, pushed]),
        recovered: () => void told.push("recovered"),
    });
    await browser.simulation.pass(5_000);
    browser.server.refusing.set(view, 502);
    await browser.simulation.pass(35_000);
    const failed = told.length - 1;
    assert.ok(failed > 2, `${failed} failures`);
    browser.server.refusing.delete(view);
    await browser.simulation.pass(60_000);
    assert.deepEqual(told.slice(0, 3), [{ count: 1 }, [502, true], [502, false]]);
    assert.deepEqual(told.slice(failed), [[502, false], "recovered"]);
});

test("a server that holds no request is asked every few seconds, for a few bytes", async () => {
    const browser = browserWith({ count: 1 });
    browser.server.streaming = "refused";
    browser.server.holdsRequests = false;
    const { seen, listen } = page(browser);
    listen();
    await browser.simulation.pass(60_000);
    const asked = browser.server.requests("/views").length;
    assert.ok(asked >= 9 && asked <= 20, `${asked} requests in a minute`);
    browser.server.set(view, { count: 2 });
    await browser.simulation.pass(7_000);
    assert.deepEqual(seen, [{ count: 1 }, { count: 2 }]);
});

test("streams are tried again after minutes", async () => {
    const browser = browserWith({ count: 1 });
    browser.server.streaming = "refused";
    const { listen, client } = page(browser);
    listen();
    await browser.simulation.pass(10_000);
    browser.server.streaming = "carried";
    await browser.simulation.pass(300_000);
    assert.equal(client.status, "live");
});

test("a hidden page doesn't poll; it asks when it is looked at again", async () => {
    const browser = browserWith({ count: 1 });
    browser.server.streaming = "refused";
    const { seen, listen, tab } = page(browser);
    listen();
    await browser.simulation.pass(1_000);
    tab.lives("hidden");
    await browser.simulation.pass(100);
    const asked = browser.server.requests("/views").length;
    browser.server.set(view, { count: 2 });
    await browser.simulation.pass(200_000);
    assert.equal(browser.server.requests("/views").length, asked);
    tab.lives("visible");
    await browser.simulation.pass(100);
    assert.deepEqual(seen, [{ count: 1 }, { count: 2 }]);
});

test("when the network is back, nobody waits for the next try", async () => {
    const browser = browserWith({ count: 1 });
    const { seen, listen, tab, client } = page(browser);
    listen();
    await browser.simulation.pass(100);
    browser.isOnline = false;
    tab.lives("offline");
    browser.server.cut();
    browser.server.set(view, { count: 2 });
    await browser.simulation.pass(120_000);
    assert.equal(client.status, "offline");
    browser.isOnline = true;
    tab.lives("online");
    await browser.simulation.pass(50);
    assert.deepEqual(seen, [{ count: 1 }, { count: 2 }]);
});

test("a page that comes back from the freezer asks for what it missed", async () => {
    const browser = browserWith({ count: 1 });
    const { seen, listen, tab } = page(browser);
    listen();
    await browser.simulation.pass(100);
    tab.lives("frozen");
    await browser.simulation.pass(10);
    assert.deepEqual(browser.server.listening, []);
    browser.server.set(view, { count: 2 });
    await browser.simulation.pass(3_600_000);
    tab.lives("resumed");
    await browser.simulation.pass(50);
    assert.deepEqual(seen, [{ count: 1 }, { count: 2 }]);
});

test("a machine that slept finds its dead stream dead when it is looked at", async () => {
    const browser = browserWith({ count: 1 });
    browser.server.heartbeat = 1e12;
    const { seen, listen, tab } = page(browser, { silence: 1e11 });
    listen();
    await browser.simulation.pass(100);
    browser.server.streaming = "buffered"; // the connection is there, and nobody at its end
    tab.lives("hidden");
    browser.server.set(view, { count: 2 });
    await browser.simulation.pass(6e10);
    browser.server.streaming = "carried";
    tab.lives("visible");
    await browser.simulation.pass(50);
    assert.deepEqual(seen, [{ count: 1 }, { count: 2 }]);
});

test("credentials are asked for at each connect", async () => {
    const browser = browserWith({ count: 1 });
    let token = 0;
    browser.server.authorized = (headers) => headers.get("authorization") === `Bearer ${token}`;
    const { seen, listen } = page(browser, { headers: async () => ({ authorization: `Bearer ${token}` }) });
    listen();
    await browser.simulation.pass(100);
    token = 2;
    browser.server.cut();
    browser.server.set(view, { count: 2 });
    await browser.simulation.pass(2_000);
    assert.deepEqual(seen, [{ count: 1 }, { count: 2 }]);
});

test("a stream's 401 is told, and tried again with what the page then has", async () => {
    const browser = browserWith({ count: 1 });
    const { problems, listen } = page(browser);
    listen();
    await browser.simulation.pass(100);
    browser.server.problem(view, 401);
    await browser.simulation.pass(3_000);
    assert.deepEqual(problems.map((each) => each.status), [401]);
    assert.equal(browser.server.requests("/stream").length, 2);
});

for (const status of [400, 403, 404, 410])
    test(`what is refused with ${status} is told, and asked for no more`, async () => {
        const browser = browserWith({ count: 1 });
        browser.server.refusing.set(view, status);
        const { problems, listen } = page(browser);
        listen();
        await browser.simulation.pass(5_000);
        const asked = browser.server.seen.length;
        await browser.simulation.pass(600_000);
        assert.equal(browser.server.seen.length, asked);
        assert.deepEqual([...new Set(problems.map((each) => each.status))], [status]);
    });

test("what can't be told for a while is a problem until it is told again, were it the same", async () => {
    const browser = browserWith({ count: 1 });
    const { client } = page(browser);
    const told: unknown[] = [];
    client.subscribe(view, {
        change: (data) => void told.push(data),
        problem: (problem) => void told.push(problem.status),
        recovered: () => void told.push("recovered"),
    });
    await browser.simulation.pass(100);
    browser.server.refusing.set(view, 502);
    browser.server.problem(view, 502);
    await browser.simulation.pass(60_000);
    assert.equal(client.problem(view)?.status, 502);
    assert.deepEqual(client.current(view)?.data, { count: 1 });
    browser.server.recover(view);
    await browser.simulation.pass(100);
    assert.equal(client.problem(view), undefined);
    browser.server.refusing.set(view, 502);
    browser.server.problem(view, 502);
    browser.server.set(view, { count: 2 });
    await browser.simulation.pass(100);
    browser.server.recover(view);
    await browser.simulation.pass(100);
    assert.deepEqual(told, [{ count: 1 }, 502, "recovered", 502, { count: 2 }, "recovered"]);
    assert.equal(browser.server.requests("/stream").length, 1);
});

test("what a whole stream was refused with is over when it goes on, though it has nothing new to tell", async () => {
    const browser = browserWith({ count: 1 });
    const { client, problems, listen, seen } = page(browser);
    listen();
    await browser.simulation.pass(100);
    browser.server.busy = 1;
    browser.server.cut();
    await browser.simulation.pass(3_000);
    assert.equal(client.problem(view)?.status, 503);
    browser.server.busy = undefined;
    await browser.simulation.pass(5_000);
    assert.equal(client.problem(view), undefined);
    assert.ok(problems.length > 0);
    assert.deepEqual(seen, [{ count: 1 }]);
});

test("what couldn't be told and can be, once the stream goes on, is no problem any more", async () => {
    const browser = browserWith({ count: 1 });
    const { client, listen } = page(browser);
    listen();
    await browser.simulation.pass(100);
    browser.server.refusing.set(view, 502);
    browser.server.problem(view, 502);
    browser.server.cut();
    browser.server.refusing.delete(view);
    await browser.simulation.pass(3_000);
    assert.equal(client.problem(view), undefined);
    assert.equal(browser.server.seen.at(-1)?.headers.get("if-none-match"), '"v1"');
    const asked = browser.server.seen.length;
    await browser.simulation.pass(60_000);
    assert.equal(browser.server.seen.length, asked);
});

test("a view that was refused is asked for anew once it is shown anew", async () => {
    const browser = browserWith({ count: 1 });
    browser.server.set("/views/other", {});
    const { seen, listen } = page(browser);
    const subscription = listen();
    listen("/views/other");
    await browser.simulation.pass(100);
    browser.server.problem(view, 404);
    subscription.close();
    await browser.simulation.pass(5_500); // the client has let go of it, and its stream not yet of those that were in it
    listen();
    await browser.simulation.pass(100);
    assert.deepEqual(browser.server.listening, ["/views/other", view]);
    browser.server.set(view, { count: 2 });
    await browser.simulation.pass(100);
    assert.deepEqual(seen.at(-1), { count: 2 });
});

test("so is one that was refused when nobody wanted it any more", async () => {
    const browser = browserWith({ count: 1 });
    browser.server.set("/views/other", {});
    const { listen } = page(browser);
    const subscription = listen();
    listen("/views/other");
    await browser.simulation.pass(100);
    subscription.close();
    await browser.simulation.pass(5_500); // the client has let go of it, and its stream not yet
    browser.server.problem(view, 404);
    await browser.simulation.pass(100);
    listen();
    await browser.simulation.pass(100);
    assert.deepEqual(browser.server.listening, ["/views/other", view]);
});

test("a view that was refused is followed again once a request brings it", async () => {
    const browser = browserWith({ count: 1 });
    const { seen, listen } = page(browser);
    const subscription = listen("/views/late");
    listen();
    await browser.simulation.pass(1_000);
    assert.deepEqual(browser.server.listening, [view]);
    browser.server.set("/views/late", "made");
    await browser.simulation.pass(60_000);
    assert.deepEqual(browser.server.listening, [view]);
    const refreshed = subscription.refresh();
    await browser.simulation.pass(1_100);
    assert.equal(await refreshed, "made");
    assert.deepEqual(browser.server.listening, ["/views/late", view]);
    browser.server.set("/views/late", "changed");
    await browser.simulation.pass(100);
    assert.equal(seen.at(-1), "changed");
});

test("where streams don't get through any more, a view that requests bring again is no reason to try them", async () => {
    const browser = browserWith({ count: 1 });
    const { client, listen } = page(browser);
    const subscription = listen("/views/late");
    listen();
    await browser.simulation.pass(100);
    browser.server.streaming = "refused";
    browser.server.cut();
    await browser.simulation.pass(5_000);
    const asked = browser.server.requests("/stream").length;
    browser.server.set("/views/late", "made");
    await browser.simulation.pass(60_000);
    assert.equal(client.current("/views/late"), undefined);
    void subscription.refresh();
    await browser.simulation.pass(100);
    assert.equal(client.current("/views/late")?.data, "made");
    browser.server.set("/views/late", "changed");
    await browser.simulation.pass(60_000);
    assert.equal(client.current("/views/late")?.data, "changed");
    assert.equal(client.status, "polling");
    assert.equal(browser.server.requests("/stream").length, asked);
});

test("where requests bring what streams refuse, streams are asked for less and less", async () => {
    const browser = browserWith({ count: 1 });
    browser.server.refusingStreams.set(view, 403);
    const { client } = page(browser);
    const subscription = client.subscribe(view, { problem: () => void subscription.refresh() });
    await browser.simulation.pass(600_000);
    const asked = browser.server.requests("/stream").length;
    assert.ok(asked > 10 && asked < 50, `${asked} streams in ten minutes`);
});

test("credentials that aren't taken are tried less and less", async () => {
    const browser = browserWith({ count: 1 });
    browser.server.refusing.set(view, 401);
    const { listen } = page(browser);
    listen();
    await browser.simulation.pass(600_000);
    const asked = browser.server.requests("/stream").length;
    assert.ok(asked > 10 && asked < 50, `${asked} streams in ten minutes`);
});

test("a view that is refused costs the others of its stream no connection", async () => {
    const browser = browserWith({ count: 1 });
    const { listen } = page(browser);
    listen("/views/none");
    const subscription = listen();
    await browser.simulation.pass(100);
    const asked = browser.server.requests("/stream").length;
    subscription.close();
    await browser.simulation.pass(6_000);
    listen();
    await browser.simulation.pass(20_000);
    assert.equal(browser.server.requests("/stream").length, asked);
    assert.deepEqual(browser.server.listening, [view]);
});

test("a stream that ends with a time to wait is asked for again after it", async () => {
    const browser = browserWith({ count: 1 });
    const { listen } = page(browser);
    listen();
    await browser.simulation.pass(100);
    browser.server.drain(8_000);
    await browser.simulation.pass(3_900);
    assert.deepEqual(browser.server.listening, []);
    await browser.simulation.pass(4_200);
    assert.deepEqual(browser.server.listening, [view]);
});

test("a server that says when to come again isn't asked earlier, whatever is shown meanwhile", async () => {
    const browser = browserWith({ count: 1 });
    browser.server.set("/views/other", "a");
    browser.server.busy = 20;
    const { seen, listen } = page(browser);
    listen();
    await browser.simulation.pass(1_000);
    assert.equal(browser.server.requests("/stream").length, 1);
    browser.server.busy = undefined;
    listen("/views/other");
    await browser.simulation.pass(18_000);
    assert.deepEqual(seen, [{ count: 1 }, "a"]);
    assert.equal(browser.server.requests("/stream").length, 1);
    await browser.simulation.pass(1_100);
    assert.deepEqual(browser.server.listening, ["/views/other", view]);
});

test("nor is one that has ended its streams", async () => {
    const browser = browserWith({ count: 1 });
    browser.server.set("/views/other", "a");
    const { listen } = page(browser);
    listen();
    await browser.simulation.pass(100);
    browser.server.drain(8_000);
    await browser.simulation.pass(100);
    listen("/views/other");
    await browser.simulation.pass(3_800);
    assert.deepEqual(browser.server.listening, []);
    await browser.simulation.pass(4_200);
    assert.deepEqual(browser.server.listening, ["/views/other", view]);
});

test("a page that is back on the network asks a server at once, whenever it was to come", async () => {
    const browser = browserWith({ count: 1 });
    browser.server.busy = 3_600;
    const { listen, tab } = page(browser);
    listen();
    await browser.simulation.pass(100);
    browser.server.busy = undefined;
    tab.lives("offline");
    tab.lives("online");
    await browser.simulation.pass(100);
    assert.deepEqual(browser.server.listening, [view]);
});

test("views that appear together make one stream, later ones join it", async () => {
    const browser = browserWith({ count: 1 });
    const { listen } = page(browser);
    for (const path of ["/views/a", "/views/b", "/views/c"]) browser.server.set(path, {});
    listen("/views/a");
    listen("/views/b");
    await browser.simulation.pass(100);
    assert.equal(browser.server.requests("/stream").length, 1);
    listen("/views/c");
    await browser.simulation.pass(100);
    assert.deepEqual(browser.server.listening, ["/views/a", "/views/b", "/views/c"]);
    assert.equal(browser.server.streams.size, 1);
});

test("more views than a stream carries make more streams", async () => {
    const browser = new Browser();
    const { seen, listen } = page(browser, { viewsPerStream: 4 });
    for (let index = 0; index < 10; index++) {
        browser.server.set(`/views/${index}`, index);
        listen(`/views/${index}`);
    }
    await browser.simulation.pass(100);
    assert.equal(browser.server.streams.size, 3);
    assert.equal(browser.server.listening.length, 10);
    assert.equal(seen.length, 10);
});

test("a view that nobody shows any more is let go", async () => {
    const browser = browserWith({ count: 1 });
    const { listen } = page(browser);
    browser.server.set("/views/other", {});
    const subscription = listen();
    listen("/views/other");
    await browser.simulation.pass(100);
    subscription.close();
    await browser.simulation.pass(30_000);
    assert.deepEqual(browser.server.listening, ["/views/other"]);
});

test("who leaves and comes back finds everything as it was", async () => {
    const browser = browserWith({ count: 1 });
    const { listen, seen } = page(browser);
    listen().close();
    listen();
    await browser.simulation.pass(100);
    listen().close();
    await browser.simulation.pass(20_000);
    assert.equal(browser.server.requests("/views").filter((each) => each.url === view).length, 1);
    assert.deepEqual(seen, [{ count: 1 }, { count: 1 }]);
});

test("one stream a view where that is wanted", async () => {
    const browser = browserWith({ count: 1 });
    const { listen, seen } = page(browser, { streams: false });
    listen();
    await browser.simulation.pass(100);
    browser.server.set(view, { count: 2 });
    await browser.simulation.pass(100);
    assert.deepEqual(seen, [{ count: 1 }, { count: 2 }]);
    assert.equal(browser.server.requests("/stream").length, 0);
});

for (const status of [400, 403, 404, 410])
    test(`of streams a view, one that is refused with ${status} is told and asked for no more; the others go on`, async () => {
        const browser = browserWith({ count: 1 });
        browser.server.refusing.set("/views/none", status);
        const { client, listen, problems, seen } = page(browser, { streams: false });
        const subscription = listen("/views/none");
        listen();
        await browser.simulation.pass(5_000);
        const asked = browser.server.requests("/views/none").length;
        assert.equal(client.status, "live");
        await browser.simulation.pass(600_000);
        assert.equal(browser.server.requests("/views/none").length, asked);
        assert.deepEqual([...new Set(problems.map((each) => each.status))], [status]);
        browser.server.set(view, { count: 2 });
        await browser.simulation.pass(100);
        assert.deepEqual(seen, [{ count: 1 }, { count: 2 }]);
        browser.server.refusing.delete("/views/none");
        browser.server.set("/views/none", "made");
        void subscription.refresh();
        await browser.simulation.pass(2_000);
        assert.deepEqual(browser.server.listening, ["/views/none", view]);
    });

test("of streams a view, one that is refused with 401 is asked for later and later, with the headers of the moment", async () => {
    const browser = browserWith({ count: 1 });
    let token = "old";
    browser.server.authorized = (headers) => headers.get("authorization") === "new";
    const { client, listen, problems, seen } = page(browser, { streams: false, headers: () => ({ authorization: token }) });
    listen();
    await browser.simulation.pass(600_000);
    const asked = browser.server.seen.length;
    assert.ok(asked > 10 && asked < 50, `${asked} requests in ten minutes`);
    assert.deepEqual([...new Set(problems.map((each) => each.status))], [401]);
    token = "new";
    await browser.simulation.pass(31_000);
    assert.equal(client.status, "live");
    assert.deepEqual(seen, [{ count: 1 }]);
});

test("of streams a view, one that can't be streamed is asked for instead; the others are told", async () => {
    const browser = browserWith({ count: 1 });
    browser.server.set("/views/mine", 1);
    browser.server.refusingStreams.set("/views/mine", 406);
    const { client, listen, seen } = page(browser, { streams: false });
    listen("/views/mine");
    listen();
    await browser.simulation.pass(5_000);
    assert.equal(client.status, "live");
    assert.deepEqual(browser.server.listening, [view]);
    browser.server.set("/views/mine", 2);
    browser.server.set(view, { count: 2 });
    await browser.simulation.pass(100);
    assert.deepEqual(seen.slice(2), [{ count: 2 }, 2]);
});

for (const status of [400, 403, 404, 410])
    test(`where requests take the place of streams, a view that is refused with ${status} is asked for no more`, async () => {
        const browser = browserWith({ count: 1 });
        browser.server.streaming = "refused";
        browser.server.refusing.set("/views/none", status);
        const { listen, problems, seen, tab } = page(browser);
        const subscription = listen("/views/none");
        listen();
        await browser.simulation.pass(5_000);
        const asked = browser.server.requests("/views/none").length;
        await browser.simulation.pass(60_000);
        assert.equal(browser.server.requests("/views/none").length, asked);
        assert.deepEqual([...new Set(problems.map((each) => each.status))], [status]);
        browser.server.refusing.delete("/views/none");
        browser.server.set("/views/none", "made");
        void subscription.refresh();
        await browser.simulation.pass(100);
        browser.server.set("/views/none", "changed");
        await browser.simulation.pass(100);
        assert.deepEqual(seen, [{ count: 1 }, "made", "changed"]);
        browser.server.refusing.set("/views/none", status);
        await browser.simulation.pass(60_000);
        browser.server.refusing.delete("/views/none");
        tab.lives("hidden");
        tab.lives("visible");
        await browser.simulation.pass(100);
        browser.server.set("/views/none", "again");
        await browser.simulation.pass(100);
        assert.equal(seen.at(-1), "again");
    });

test("a view that may not be stored is asked for instead", async () => {
    const browser = browserWith({ count: 1 });
    const { listen, seen } = page(browser);
    listen();
    await browser.simulation.pass(100);
    browser.server.problem(view, 406);
    browser.server.cut();
    browser.server.streaming = "buffered";
    await browser.simulation.pass(100);
    browser.server.set(view, { count: 2 });
    await browser.simulation.pass(100);
    assert.deepEqual(seen, [{ count: 1 }, { count: 2 }]);
});
