// What a page of these tests shows, and what it has shown.

import assert from "node:assert/strict";
import type { Page } from "playwright-core";

export async function shows(page: Page, version: number): Promise<void> {
    await page.waitForFunction((wanted) => document.getElementById("version")?.textContent === String(wanted), version, {
        timeout: 20_000,
        polling: 20,
    });
}

export async function shown(page: Page) {
    return page.evaluate(() => window.shown);
}

/** Each change was seen, none twice, in order. */
export async function sawInOrder(page: Page): Promise<void> {
    const versions = (await shown(page)).map((each) => each.version ?? 0);
    for (const [index, version] of versions.entries())
        assert.ok(index === 0 || version >= (versions[index - 1] ?? 0), `out of order: ${versions.join(" ")}`);
}

export async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
    for (const deadline = Date.now() + 20_000; !(await isSo()); ) {
        assert.ok(Date.now() < deadline, `not within 20 s: ${what}`);
        await new Promise((resolve) => setTimeout(resolve, 20));
    }
}
