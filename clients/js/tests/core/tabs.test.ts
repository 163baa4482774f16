// Tabs of one browser: one stream for all of them, whoever holds it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Client, type ClientOptions } from "../../src/client.js";
import { Browser } from "../support/browser.js";

const board = "/views/board";
const other = "/views/other";

function opened(browser: Browser, options: Partial<ClientOptions> = {}, urls: readonly string[] = [board]) {
    const tab = browser.tab();
    const client = new Client({ origin: "http://near.test", environment: tab.environment, share: "minji", ...options });
    const seen: unknown[] = [];
    const subscriptions = urls.map((url) => client.subscribe(url, { change: (data) => void seen.push(data) }));
    return { tab, client, seen, subscriptions };
}

function browserOf(): Browser {
    const browser = new Browser();
    browser.server.set(board, 1);
    browser.server.set(other, "a");
    return browser;
}

async function pass(browser: Browser, milliseconds: number): Promise<void> {
    await browser.simulation.pass(milliseconds);
}

test("seven tabs, one stream, every change in each", async () => {
    const browser = browserOf();
    const tabs = Array.from({ length: 7 }, () => opened(browser));
    await pass(browser, 500);
    assert.equal(browser.server.streams.size, 1);
    browser.server.set(board, 2);
    browser.server.set(board, 3);
    await pass(browser, 100);
    for (const { seen, client } of tabs) {
        assert.deepEqual(seen, [1, 2, 3]);
        assert.equal(client.status, "live");
    }
});

test("the stream has the views of all tabs, and a tab hears of its own", async () => {
    const browser = browserOf();
    const first = opened(browser, {}, [board]);
    await pass(browser, 100);
    const second = opened(browser, {}, [other]);
    await pass(browser, 500);
    assert.deepEqual(browser.server.listening, [board, other]);
    browser.server.set(board, 2);
    browser.server.set(other, "b");
    await pass(browser, 100);
    assert.deepEqual([first.seen, second.seen], [[1, 2], ["a", "b"]]);
});

for (const how of ["closes", "crashes"] as const)
    test(`when the leader ${how}, another goes on where it was, and nothing is lost`, async () => {
        const browser = browserOf();
        const [leader, ...others] = [opened(browser), opened(browser), opened(browser)];
        await pass(browser, 500);
        browser.server.set(board, 2);
        await pass(browser, 100);
        if (how === "closes") leader.client.close();
        else leader.tab.die();
        if (how === "crashes") browser.server.cut();
        browser.server.set(board, 3);
        browser.server.set(board, 4);
        await pass(browser, 500);
        browser.server.set(board, 5);
        await pass(browser, 100);
        for (const { seen } of others) assert.deepEqual(seen, [1, 2, 3, 4, 5]);
        assert.equal(browser.server.streams.size, 1);
        assert.equal(browser.server.requests("/stream").at(-1)?.headers.get("last-event-id"), "e1-2");
    });

test("a leader that is frozen has the lead taken away, and is brought up to date when it thaws", async () => {
    const browser = browserOf();
    const leader = opened(browser);
    const follower = opened(browser);
    await pass(browser, 500);
    leader.tab.freeze();
    browser.server.streaming = "carried";
    await pass(browser, 20_000);
    browser.server.set(board, 2);
    await pass(browser, 100);
    assert.deepEqual(follower.seen, [1, 2]);
    leader.tab.thaw();
    await pass(browser, 10_000);
    browser.server.set(board, 3);
    await pass(browser, 100);
    assert.equal(leader.seen.at(-1), 3);
    assert.deepEqual(follower.seen, [1, 2, 3]);
    assert.equal(browser.server.streams.size, 1);
});

test("a tab that comes late has what the others have", async () => {
    const browser = browserOf();
    opened(browser);
    await pass(browser, 500);
    browser.server.set(board, 2);
    await pass(browser, 100);
    const late = opened(browser);
    await pass(browser, 100);
    browser.server.set(board, 3);
    await pass(browser, 100);
    assert.deepEqual(late.seen, [2, 3]);
    assert.equal(browser.server.requests("/stream").length, 1);
});

test("views of tabs that are gone are let go", async () => {
    const browser = browserOf();
    opened(browser, {}, [board]);
    await pass(browser, 100);
    const gone = opened(browser, {}, [other]);
    await pass(browser, 100);
    gone.tab.die();
    await pass(browser, 20_000);
    assert.deepEqual(browser.server.listening, [board]);
});

test("who is somebody else has a stream of their own", async () => {
    const browser = browserOf();
    const users = ["Token minji", "Token jisoo"];
    for (const authorization of users) opened(browser, { headers: { authorization }, share: true });
    for (const authorization of users) opened(browser, { headers: { authorization }, share: true });
    await pass(browser, 500);
    assert.deepEqual(
        browser.server.requests("/stream").map((request) => request.headers.get("authorization")).sort(),
        users.sort(),
    );
});

test("where nothing is shared, each tab has its own", async () => {
    const browser = browserOf();
    opened(browser, { share: false });
    opened(browser, { share: false });
    await pass(browser, 500);
    assert.equal(browser.server.streams.size, 2);
});

test("where streams don't get through, each tab asks for itself", async () => {
    const browser = browserOf();
    browser.server.streaming = "refused";
    const tabs = [opened(browser), opened(browser)];
    await pass(browser, 1_000);
    browser.server.set(board, 2);
    await pass(browser, 100);
    for (const { seen } of tabs) assert.deepEqual(seen, [1, 2]);
});

for (const who of ["leader", "follower"] as const)
    test(`a view that was refused is followed again once the ${who} is brought it, and later tabs have it`, async () => {
        const browser = browserOf();
        browser.server.refusing.set(other, 404);
        const leader = opened(browser, {}, [board, other]);
        const follower = opened(browser, {}, [board, other]);
        await pass(browser, 1_000);
        assert.deepEqual(browser.server.listening, [board]);
        browser.server.refusing.clear();
        browser.server.telling = () => "changed";
        const { subscriptions } = who === "leader" ? leader : follower;
        const refreshed = subscriptions[1]?.refresh();
        await pass(browser, 2_000);
        assert.equal(await refreshed, "a");
        assert.deepEqual(browser.server.listening, [board, other]);
        const late = opened(browser, {}, [other]);
        await pass(browser, 1_000);
        assert.equal(late.client.problem(other), undefined);
        browser.server.set(other, "b");
        await pass(browser, 100);
        for (const { seen } of [leader, follower, late]) assert.equal(seen.at(-1), "b");
    });

for (const who of ["leader", "follower"] as const)
    test(`a view that was refused is followed again once the ${who} shows it, too`, async () => {
        const browser = browserOf();
        browser.server.refusing.set(other, 404);
        const [leader, follower] = [opened(browser, {}, []), opened(browser, {}, [])];
        const [first, second] = who === "leader" ? [follower, leader] : [leader, follower];
        first.client.subscribe(other, {});
        await pass(browser, 1_000);
        browser.server.refusing.clear();
        second.client.subscribe(other, { change: (data) => void second.seen.push(data) });
        await pass(browser, 2_000);
        assert.deepEqual(browser.server.listening, [other]);
        assert.equal(second.client.problem(other), undefined);
        browser.server.set(other, "b");
        await pass(browser, 100);
        assert.deepEqual(second.seen, ["a", "b"]);
    });
