// Tabs that Chromium really puts to sleep (`Page.setWebLifecycleState`), headless too. While a page is frozen none of its timers
// is due, nothing of an open response reaches its reader, and it shows nothing; the tests make sure of timers and screen. The
// browser goes on taking bytes for it until its buffers are full. Messages of other tabs (BroadcastChannel) are delivered even then.
// Pages that Playwright makes count as looked at for good (focus emulation), and what is looked at isn't frozen; hence a browser
// that is started by hand, and connected to without Playwright's defaults.

import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { fileURLToPath } from "node:url";
import { chromium, type Browser, type Page } from "playwright-core";
import { messageOf } from "../../src/messages.js";
import { SseParser } from "../../src/sse-parser.js";
import { sawInOrder, shown, shows, until } from "./seen.js";
import { Site } from "./site.js";

declare global {
    interface Window {
        life: string[];
        ticks: number;
    }
}

const history = 3; // as the site's configuration says
const site = new Site();
const profile = mkdtempSync(join(tmpdir(), "nearside-profile-"));
let browserProcess: ChildProcess;
let browser: Browser;
let otherTab: Page;
const pages: Page[] = [];
let reader: Reader;

/** Somebody else who is subscribed: for them the node goes on renewing the view while a page sleeps. */
class Reader {
    version = 0;
    private readonly ending = new AbortController();

    constructor() {
        this.read().catch(() => {}); // closed, or the node is gone: no version comes, and who waits for one fails
    }

    close(): void {
        this.ending.abort();
    }

    private async read(): Promise<void> {
        const headers = { accept: "text/event-stream" };
        const response = await fetch(`${site.origin}/views/board`, { headers, signal: this.ending.signal });
        const parser = new SseParser({ retry: () => {}, event: (event) => this.heard(messageOf(event)) }, "");
        const body = response.body?.getReader();
        for (let part = await body?.read(); part?.value; part = await body?.read()) parser.push(part.value);
    }

    private heard(message: ReturnType<typeof messageOf>): void {
        if (message?.kind === "snapshot") this.version = (message.data as { version: number }).version;
        if (message?.kind !== "patch") return;
        for (const operation of message.ops as { path: string; value?: unknown }[])
            if (operation.path === "/version") this.version = operation.value as number;
    }
}

before(async () => {
    await site.open(join(dirname(fileURLToPath(import.meta.url)), "../.."));
    browserProcess = spawn(
        process.env["NEARSIDE_CHROMIUM"] ?? "/usr/bin/chromium",
        ["--headless", "--no-sandbox", "--no-first-run", "--remote-debugging-port=0", `--user-data-dir=${profile}`],
        { stdio: ["ignore", "ignore", "pipe"] },
    );
    browser = await chromium.connectOverCDP(await addressOf(browserProcess), { noDefaults: true });
    otherTab = (await browser.contexts()[0]?.newPage()) as Page;
});
after(async () => {
    if (browserProcess && browserProcess.exitCode === null) {
        const ended = once(browserProcess, "exit");
        await (await browser?.newBrowserCDPSession())?.send("Browser.close").catch(() => {});
        browserProcess.kill();
        await ended;
    }
    rmSync(profile, { recursive: true, force: true, maxRetries: 10 });
    await site.close();
});
beforeEach(async () => {
    await until("nobody is left of the test before", async () => (await site.streams()) === 0);
    site.version += 10; // what an earlier test showed is no version of this one
    site.text = "-".repeat(1000);
    reader = new Reader();
    await until("the reader is up to date", () => reader.version === site.version);
});
afterEach(async () => {
    reader.close();
    for (const page of pages.splice(0)) await page.close();
});

async function addressOf(started: ChildProcess): Promise<string> {
    const lines = createInterface({ input: started.stderr ?? [] as never });
    const signal = AbortSignal.timeout(30_000);
    return new Promise((resolve, reject) => {
        signal.addEventListener("abort", () => reject(new Error("Chromium doesn't come up")));
        lines.on("line", (line) => {
            const address = /DevTools listening on (ws:\S+)/.exec(line)?.[1];
            if (address) resolve(address);
        });
    });
}

/** `isTold: false`: the page doesn't hear that it falls asleep, as one that is stuck when it happens. */
async function look(how: string, { isTold = true } = {}): Promise<Page> {
    const page = (await browser.contexts()[0]?.newPage()) as Page;
    pages.push(page);
    await page.addInitScript((told) => {
        window.life = [];
        window.ticks = 0;
        setInterval(() => window.ticks++, 20);
        for (const name of ["freeze", "resume"])
            document.addEventListener(name, (event) => {
                window.life.push(name);
                if (!told && name === "freeze") event.stopImmediatePropagation();
            });
    }, isTold);
    await page.goto(`${site.origin}/app/?with=${how}`);
    await page.bringToFront();
    await shows(page, site.version);
    return page;
}

async function changes(count: number): Promise<void> {
    for (let change = 0; change < count; change++) {
        site.version++;
        await until(`the node tells of ${site.version}`, () => reader.version === site.version);
    }
}

/** Puts the page to sleep while `meanwhile` goes on. */
async function sleeps(page: Page, meanwhile: () => Promise<void>): Promise<void> {
    const session = await page.context().newCDPSession(page);
    const ticks = () => page.evaluate(() => window.ticks);
    // What is behind another tab comes back to the front after it; what is frozen in front counts as hidden for good.
    await otherTab.bringToFront();
    await until("the page is hidden", () => page.evaluate(() => document.hidden));
    await session.send("Page.setWebLifecycleState", { state: "frozen" });
    await until("the page is frozen", () => page.evaluate(() => window.life.at(-1) === "freeze"));
    const before = [await ticks(), (await shown(page)).length];
    await meanwhile();
    assert.deepEqual([await ticks(), (await shown(page)).length], before, "a page that is frozen does nothing");
    await session.send("Page.setWebLifecycleState", { state: "active" });
    await page.bringToFront();
    await until("the page is awake", () => page.evaluate(() => window.life.at(-1) === "resume" && !document.hidden));
    await session.detach();
}

/** Each version once, but for the first, which is rendered again when loading ends. */
async function sawEachOnce(page: Page): Promise<void> {
    await sawInOrder(page);
    const versions = (await shown(page)).flatMap((each) => each.version ?? []);
    const later = versions.filter((version) => version !== versions[0]);
    assert.deepEqual(later, [...new Set(later)], "one was shown twice");
}

for (const how of ["view", "query"]) {
    for (const [missed, event] of [[history - 1, "patch"], [history + 3, "snapshot"]] as const)
        test(`a tab sleeps through ${missed} changes under ${how}: a ${event} brings it up to date`, async () => {
            const page = await look(how);
            await until("the page has its stream", async () => (await site.streams()) === 2);
            await changes(1);
            await shows(page, site.version);
            let told = 0;
            await sleeps(page, async () => {
                await until("the page lets its stream go", async () => (await site.streams()) === 1);
                await changes(missed);
                told = await site.events(event);
            });
            await shows(page, site.version);
            await until("the page has its stream again", async () => (await site.streams()) === 2);
            // What was missed came by the stream, or by a request that was faster; the stream tells it in either case.
            await until(`a ${event} is told`, async () => (await site.events(event)) > told);
            await changes(1);
            await shows(page, site.version);
            await sawEachOnce(page);
        });

    test(`a tab sleeps, without having heard of it, until the node has dropped its stream, under ${how}`, async () => {
        const page = await look(how, { isTold: false });
        await until("the page has its stream", async () => (await site.streams()) === 2);
        await changes(1);
        await shows(page, site.version);
        await sleeps(page, async () => {
            assert.equal(await site.streams(), 2);
            // Until all that lies between the node and the page is full, and `write_timeout` has passed.
            await until("the node drops the stream", async () => {
                site.text = randomBytes(400_000).toString("hex");
                await changes(1);
                return (await site.streams()) === 1;
            });
            site.text = "-".repeat(1000);
            await changes(history + 1);
        });
        await shows(page, site.version);
        await until("the page has its stream again", async () => (await site.streams()) === 2);
        await changes(1);
        await shows(page, site.version);
        await sawEachOnce(page);
    });
}

for (const isTold of [true, false])
    test(`the tab that leads sleeps${isTold ? "" : ", without having heard of it"}; another one goes on`, async () => {
        const leader = await look("view", { isTold });
        await until("the leader has its stream", async () => (await site.streams()) === 2);
        const follower = await look("view");
        await changes(1);
        for (const page of [leader, follower]) await shows(page, site.version);
        assert.equal(await site.streams(), 2);
        await sleeps(leader, async () => {
            await follower.bringToFront();
            for (let change = 0; change < history + 1; change++) {
                await changes(1);
                await shows(follower, site.version);
            }
        });
        for (const page of [leader, follower]) await shows(page, site.version);
        await until("one of them has the stream", async () => (await site.streams()) === 2);
        await changes(1);
        for (const page of [leader, follower]) {
            await shows(page, site.version);
            await sawEachOnce(page);
        }
    });
