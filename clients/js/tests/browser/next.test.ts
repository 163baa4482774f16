// `nearside/next` within Next.js itself, looked at in Chromium: what the server sends, what hydration makes of it, and what comes
// after. Both hooks, with the package as it is published.

import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { after, before, beforeEach, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { chromium, type Browser, type BrowserContext, type BrowserContextOptions, type Page } from "playwright-core";
import { NextSite } from "./next-site.js";
import { shown, shows } from "./seen.js";

declare global {
    interface Window {
        painted: string[];
    }
}

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
const skip = major < 20 || (major === 20 && minor < 9) ? "Next.js needs Node.js 20.9" : false;
let site: NextSite;
let browser: Browser;
let contexts: BrowserContext[] = [];
let complaints: string[] = []; // on the consoles
let requests: string[] = []; // of the pages

describe("nearside/next", { skip }, () => {
    before(async () => {
        site = new NextSite(join(dirname(fileURLToPath(import.meta.url)), "../.."));
        await site.open();
        browser = await chromium.launch({
            executablePath: process.env["NEARSIDE_CHROMIUM"] ?? "/usr/bin/chromium",
            args: ["--no-sandbox"],
        });
    });
    after(async () => {
        await browser?.close();
        await site?.close();
    });
    beforeEach(async () => {
        for (const context of contexts.splice(0)) await context.close();
        complaints = [];
        requests = [];
        site.failure = undefined;
        await site.change(); // what an earlier test stored is no version of this one
    });

    for (const hook of ["swr", "query"]) {
        test(`the HTML has each visitor's own view under ${hook}`, async () => {
            for (const user of ["minji", "ada"])
                for (const headers of [{ cookie: `user=${user}` }, { authorization: `Token ${user}` }]) {
                    const response = await fetch(`${site.origin}/board/${hook}`, { headers });
                    assert.equal(response.status, 200);
                    const html = await response.text();
                    assert.match(html, new RegExp(`<p id="owner">${user}</p><p id="version">${site.version}</p>`));
                }
        });

        test(`hydration keeps what the server sent, and what changes comes without a reload, under ${hook}`, async () => {
            const { version } = site;
            const user = `hana_${hook}`; // nobody else's stream asks for this one
            const page = await visit(`/board/${hook}`, {}, user);
            await shows(page, version);
            await isLive(page);
            assert.equal(site.calls.filter((each) => each === user).length, 1, "the stream begins with what the server has read");
            assert.deepEqual(requests.filter((url) => url.includes("/views/")), []);
            assert.deepEqual(await painted(page), [String(version)]);
            for (let change = 0; change < 3; change++) {
                await site.change();
                await shows(page, site.version);
            }
            assert.deepEqual((await shown(page)).filter((each) => each.isLoading || each.version === undefined), []);
            assert.deepEqual(await painted(page), [0, 1, 2, 3].map((change) => String(version + change)));
            assert.deepEqual(complaints, []);
        });

        test(`two visitors at once see their own view change, under ${hook}`, async () => {
            const minji = await visit(`/board/${hook}`);
            const ada = await visit(`/board/${hook}`, { extraHTTPHeaders: { authorization: "Token ada" } });
            for (let change = 0; change < 2; change++) {
                for (const [page, owner] of [[minji, "minji"], [ada, "ada"]] as const) {
                    await shows(page, site.version);
                    assert.equal(await page.textContent("#owner"), owner);
                    await isLive(page);
                }
                await site.change();
            }
            assert.deepEqual(complaints, []);
        });

        test(`a page that does without a view that failed has it as soon as it can be had, under ${hook}`, async () => {
            site.failure = 503;
            const page = await visit(`/late/${hook}`, {}, "pia");
            await page.waitForSelector("#version", { timeout: 20_000 });
            assert.equal((await painted(page))[0], "loading");
            site.failure = undefined;
            await shows(page, site.version);
            await isLive(page);
            await site.change();
            await shows(page, site.version);
            // The browser itself tells of each answer that failed.
            assert.deepEqual(complaints.filter((each) => !each.startsWith("Failed to load resource")), []);
        });

        test(`a page that can't do without it shows its error, and is there when it is asked for again, under ${hook}`, async () => {
            site.failure = 503;
            const page = await visit(`/board/${hook}`, {}, "theo");
            const again = page.getByText("Again");
            await again.waitFor({ timeout: 20_000 });
            site.failure = undefined;
            await again.click();
            await shows(page, site.version);
            await isLive(page);
            await site.change();
            await shows(page, site.version);
            assert.deepEqual((await shown(page)).filter((each) => each.isLoading), []);
        });
    }

    test("the README's page is what it says, and is live", async () => {
        const html = await (await fetch(`${site.origin}/projects/7`, { headers: { cookie: "user=ada" } })).text();
        assert.match(html, new RegExp(`<h1>ada(?:'|&#x27;)s project ${site.version}</h1>`));
        const page = await visit("/board/swr");
        await shows(page, site.version);
        await page.evaluate(() => void (window.name = "not reloaded"));
        await page.click("a");
        await page.getByRole("heading", { name: `minji's project ${site.version}` }).waitFor({ timeout: 20_000 });
        await site.change();
        await page.getByRole("heading", { name: `minji's project ${site.version}` }).waitFor({ timeout: 20_000 });
        assert.deepEqual(complaints, []);
    });

    test("Next.js keeps no copy of a view, of a page that knows no visitors either", async () => {
        for (let change = 0; change < 2; change++) {
            const html = await (await fetch(`${site.origin}/public`)).text();
            assert.match(html, new RegExp(`<p id="owner">nobody</p><p id="version">${site.version}</p>`));
            await site.change();
        }
    });

    test("a view that isn't there may be a page that isn't there", async () => {
        site.failure = 404;
        const page = await visit("/board/swr", {}, "nina");
        await page.waitForSelector("#missing", { timeout: 20_000 });
        assert.equal((await page.reload())?.status(), 404);
    });
});

async function visit(path: string, options: BrowserContextOptions = {}, user = "minji"): Promise<Page> {
    const context = await browser.newContext(options);
    contexts.push(context);
    if (!options.extraHTTPHeaders) await context.addCookies([{ name: "user", value: user, url: site.origin }]);
    const page = await context.newPage();
    page.on("console", (message) => {
        if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
    });
    page.on("request", (request) => void requests.push(request.url()));
    page.on("pageerror", (error) => complaints.push(String(error)));
    // What a person sees, from the first byte on.
    await page.addInitScript(() => {
        window.painted = [];
        const look = (): void => {
            const text = document.getElementById("version")?.textContent ?? "";
            const before = window.painted.at(-1);
            if (before === undefined ? text !== "" : text !== before) window.painted.push(text);
        };
        new MutationObserver(look).observe(document, { subtree: true, childList: true, characterData: true });
    });
    await page.goto(site.origin + path);
    return page;
}

async function painted(page: Page): Promise<string[]> {
    return page.evaluate(() => window.painted);
}

async function isLive(page: Page): Promise<void> {
    await page.waitForFunction(() => document.getElementById("status")?.textContent === "live", undefined, {
        timeout: 20_000,
        polling: 20,
    });
}
