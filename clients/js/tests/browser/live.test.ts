// Chromium before the real nearside: what a person would see.

import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { after, before, beforeEach, test } from "node:test";
import { fileURLToPath } from "node:url";
import { chromium, type Browser, type BrowserContext, type Page } from "playwright-core";
import { sawInOrder, shown, shows } from "./seen.js";
import { Site } from "./site.js";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const site = new Site();
let browser: Browser;
let context: BrowserContext;

before(async () => {
    await site.open(root);
    browser = await chromium.launch({
        executablePath: process.env["NEARSIDE_CHROMIUM"] ?? "/usr/bin/chromium",
        args: ["--no-sandbox"],
    });
});
after(async () => {
    await browser?.close();
    await site.close();
});
beforeEach(async () => {
    await context?.close();
    site.isSeeded = false;
    site.version += 10; // what an earlier test showed is no version of this one
    context = await browser.newContext();
});

async function look(how: string): Promise<Page> {
    const page = await context.newPage();
    await page.goto(`${site.origin}/app/?with=${how}`);
    return page;
}

for (const how of ["view", "query"]) {
    test(`with a seed, ${how} has data at the first paint, is never loading, and follows the upstream`, async () => {
        site.isSeeded = true;
        const page = await look(how);
        await shows(page, site.version);
        const { version } = site;
        site.version++;
        await shows(page, site.version);
        const all = await shown(page);
        assert.deepEqual(all[0], { version, isLoading: false });
        assert.deepEqual(all.filter((each) => each.isLoading), []);
    });

    test(`a node is killed and started again under ${how}`, async () => {
        const page = await look(how);
        await shows(page, site.version);
        await site.kill();
        site.version++;
        await site.start();
        await shows(page, site.version);
        site.version++;
        await shows(page, site.version);
        await sawInOrder(page);
    });

    test(`the network is away for a while under ${how}`, async () => {
        const page = await look(how);
        await shows(page, site.version);
        await context.setOffline(true);
        site.version++;
        await page.waitForFunction(() => !navigator.onLine);
        await context.setOffline(false);
        await shows(page, site.version);
        site.version++;
        await shows(page, site.version);
        await sawInOrder(page);
    });
}

test("seven tabs are live on HTTP/1.1, by one stream", async () => {
    const pages: Page[] = [];
    for (let count = 0; count < 7; count++) pages.push(await look("view"));
    for (const page of pages) await shows(page, site.version);
    for (let change = 0; change < 3; change++) {
        site.version++;
        for (const page of pages) await shows(page, site.version);
    }
    assert.equal(await site.streams(), 1);
    // Whoever leads is closed; the others go on.
    await pages[0]?.close();
    site.version++;
    for (const page of pages.slice(1)) {
        await shows(page, site.version);
        await sawInOrder(page);
    }
    assert.equal(await site.streams(), 1);
});

for (const how of ["plainSwr", "plainQuery"])
    test(`${how}, which knows nothing of nearside, revalidates when the window is looked at`, async () => {
        const page = await look(how);
        await shows(page, site.version);
        site.version++;
        // What is stale is served at once and renewed behind: it shows at the look after.
        await page.waitForFunction(
            (wanted) => {
                document.dispatchEvent(new Event("visibilitychange"));
                window.dispatchEvent(new Event("focus"));
                window.dispatchEvent(new Event("visibilitychange"));
                return document.getElementById("version")?.textContent === String(wanted);
            },
            site.version,
            { timeout: 20_000, polling: 300 },
        );
        const answer = await page.evaluate(async () => {
            const first = await fetch("/views/board", { cache: "no-store" });
            const etag = first.headers.get("etag") ?? "";
            return (await fetch("/views/board", { cache: "no-store", headers: { "if-none-match": etag } })).status;
        });
        assert.equal(answer, 304);
    });
