// What a user sees of the demo's screen, at one width: `node screen.mjs URL WIDTHxHEIGHT FOLDER`. Prints it as JSON, and
// leaves pictures in the folder.
import { chromium } from "playwright-core";

const [url, size, folder] = process.argv.slice(2);
const [width, height] = size.split("x").map(Number);
const patience = 1000 * Number(process.env.NEARSIDE_TEST_PATIENCE ?? 30);
const columns = [1, 2, 3, 4].map((at) => `.column:nth-child(${at})`);
const seen = { errors: [] };

const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
try {
    const page = await browser.newPage({ viewport: { width, height } });
    page.setDefaultTimeout(patience);
    page.on("pageerror", (failure) => seen.errors.push(failure.message));
    const picture = (name) => page.screenshot({ path: `${folder}/${name}-${width}.png` });
    const way = async (name, key) => {
        await page.getByRole("radio", { name }).click();
        await page.locator(`[data-time=${key}]`).filter({ hasText: "ms" }).waitFor();
        await page.getByText("content after").waitFor();
        const content = await page.getByText("content after").textContent();
        await picture(key);
        return {
            requests: Number(/(\d+) requests?, content/.exec(content)[1]),
            milliseconds: Number(/after ([\d.,]+) ms/.exec(content)[1].replace(",", "")),
        };
    };
    const visible = async () => {
        const shown = await Promise.all(columns.map((column) => page.locator(column).isVisible()));
        return shown.flatMap((is, at) => (is ? [at] : []));
    };
    const text = (selector) => page.locator(selector).allTextContents();

    await page.goto(url);
    await page.locator("[data-time=near]").filter({ hasText: "ms" }).waitFor();
    seen.far = await way(/Straight/, "far");
    seen.near = await way(/nearside/, "near");
    seen.people = (await text(`${columns[0]} .row small`)).length;
    seen.jobs = (await text(`${columns[2]} .row`)).length;
    seen.columns = await visible();
    seen.widest = await page.evaluate(() => document.documentElement.scrollWidth);

    // Jobs go on far away while nobody touches the page.
    const progress = (where) => page.evaluate((bars) => [...document.querySelectorAll(bars)].map((bar) => bar.value).join(), where);
    const before = await progress(`${columns[2]} progress`);
    await page.waitForFunction(
        ([bars, old]) => [...document.querySelectorAll(bars)].map((bar) => bar.value).join() !== old,
        [`${columns[2]} progress`, before],
    );

    await page.locator(`${columns[2]} .row`).nth(1).click();
    seen.job = {
        chosen: await page.locator(`${columns[2]} .row`).nth(1).locator("span span").first().textContent(),
        title: (await text(`${columns[3]} h2`))[0],
        points: (await page.locator(`${columns[3]} polyline.loss`).getAttribute("points")).split(" ").length,
        columns: await visible(),
    };
    await picture("job");

    if (seen.columns.length === 1) await page.locator("nav button").nth(1).click();
    await page.locator(`${columns[1]} .row`).nth(1).click();
    await page.getByText("content after").waitFor();
    seen.other = {
        chosen: await page.locator(`${columns[1]} .row[aria-pressed=true]`).count(),
        jobs: await text(`${columns[2]} .row`).then((rows) => rows.length),
        columns: await visible(),
    };
    await picture("project");
} finally {
    await browser.close();
}
console.log(JSON.stringify(seen));
