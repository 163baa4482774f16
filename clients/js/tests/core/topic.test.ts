// One view: what is fetched again when requests fail, and who waits for whom.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Topic, type TopicOptions } from "../../src/topic.js";
import { Browser } from "../support/browser.js";

const view = "/views/projects/7";

function topicOf(browser: Browser, options: Partial<TopicOptions> = {}) {
    browser.server.set(view, { count: 1 });
    const seen: unknown[] = [];
    const topic = new Topic(browser.tab(false).environment, {
        url: `http://near.test${view}`,
        headers: async () => new Headers(),
        credentials: "same-origin",
        answered: () => {},
        ...options,
    });
    topic.listeners.add({ change: ({ data }) => void seen.push(data) });
    return { topic, seen };
}

/** One that has its first version, and whose stream is open. */
async function attached(browser: Browser) {
    const { topic, seen } = topicOf(browser);
    await topic.request({});
    topic.attach();
    topic.heard({ kind: "changed", view, etag: browser.server.get(view).etag });
    return { topic, seen };
}

test("what the stream told of is fetched again when somebody else's request, which was to bring it, fails", async () => {
    const browser = new Browser();
    const { topic, seen } = await attached(browser);
    browser.server.latency = () => 50;
    const refreshed = topic.read().catch((error: Error) => error.message);
    browser.server.isDown = true;
    topic.heard({ kind: "changed", view, etag: browser.server.set(view, { count: 2 }) });
    await browser.simulation.pass(60);
    assert.equal(await refreshed, "fetch failed");
    browser.server.isDown = false;
    await browser.simulation.pass(400);
    assert.deepEqual(seen, [{ count: 1 }, { count: 2 }]);
});

test("an answer that the stream hasn't told of is asked for again, though asking once fails", async () => {
    const browser = new Browser();
    const { topic, seen } = await attached(browser);
    browser.server.set(view, { count: 2 });
    await topic.request({});
    assert.ok(topic.state.isParked);
    browser.server.isDown = true;
    await browser.simulation.pass(1_050);
    browser.server.isDown = false;
    await browser.simulation.pass(5_000);
    assert.deepEqual(seen, [{ count: 1 }, { count: 2 }]);
});

for (const [status, isAskedFor] of [[404, false], [401, true]] as const)
    test(`what the stream told of before it refused the view with ${status} is ${isAskedFor ? "" : "not "}asked for`, async () => {
        const browser = new Browser();
        const { topic, seen } = await attached(browser);
        topic.heard({ kind: "changed", view, etag: browser.server.set(view, { count: 2 }) });
        topic.heard({ kind: "problem", view, problem: { status } });
        browser.server.refusing.set(view, status);
        await browser.simulation.pass(60_000);
        const asked = browser.server.seen.length;
        await browser.simulation.pass(600_000);
        assert.equal(browser.server.seen.length > asked, isAskedFor);
        browser.server.refusing.clear();
        await topic.request({});
        assert.deepEqual(seen, [{ count: 1 }, { count: 2 }]);
    });

test("who is closed asks for nothing any more, whatever failed last", async () => {
    const browser = new Browser();
    const { topic } = await attached(browser);
    browser.server.isDown = true;
    topic.heard({ kind: "changed", view, etag: browser.server.set(view, { count: 2 }) });
    await browser.simulation.pass(1_000);
    browser.server.latency = () => 50;
    const last = topic.request({}).catch(() => {});
    topic.close();
    await browser.simulation.pass(100);
    await last;
    const asked = browser.server.seen.length;
    await browser.simulation.pass(600_000);
    assert.equal(browser.server.seen.length, asked);
});

test("a reader isn't kept waiting by a request that the server may hold, though that has only just begun", async () => {
    const browser = new Browser();
    let ready = (): void => {};
    const headers = () => new Promise<Headers>((resolve) => (ready = () => resolve(new Headers())));
    const { topic } = topicOf(browser, { headers });
    topic.state.seed({ data: { count: 1 }, etag: browser.server.get(view).etag });
    const held = topic.request({ wait: 25 }).catch((error: Error) => error.name);
    await browser.simulation.pass(0);
    let answer: unknown;
    void topic.read().then((version) => (answer = version.data));
    ready();
    await browser.simulation.pass(10);
    ready();
    await browser.simulation.pass(10);
    assert.equal(await held, "AbortError");
    assert.deepEqual(answer, { count: 1 });
});

test("where the page has no headers to send, it is asked for them again", async () => {
    const browser = new Browser();
    let asked = 0;
    const headers = async (): Promise<Headers> => {
        if (asked++ === 0) throw new Error("no token yet");
        return new Headers();
    };
    const { topic, seen } = topicOf(browser, { headers });
    await assert.rejects(topic.request({}), /no token yet/);
    await browser.simulation.pass(200);
    assert.deepEqual(seen, [{ count: 1 }]);
});
