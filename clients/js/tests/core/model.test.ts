// Thousands of random histories: connections drop, nodes restart, pages sleep, answers are slow and cut anywhere, changes are
// told in every way, views are gone and there again. Every reader ends at the newest version, and each that it saw was a real one, in order, none twice in a row.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Client, type Subscription } from "../../src/client.js";
import { Browser, seeded, Simulation, type Tab } from "../support/browser.js";

const schedules = Number(process.env["NEARSIDE_SCHEDULES"] ?? 3000);
const first = Number(process.env["NEARSIDE_SCHEDULE"] ?? 1); // one that failed, with its story
const views = ["/views/a", "/views/b"];

interface Reading {
    view: string;
    versions: number[];
    isOpen: boolean;
}

interface Reader {
    tab: Tab;
    client: Client;
    readings: Reading[];
    isGone: boolean;
    /** Looks away from a view for a while. */
    leave(view: string, milliseconds: number): void;
    /** Asks for all that is open, as a user would who finds it missing. */
    refresh(): void;
}

function readerOf(browser: Browser, shares: boolean): Reader {
    const tab = browser.tab(shares);
    const client = new Client({
        origin: "http://near.test",
        environment: tab.environment,
        share: shares ? "all" : false,
        poll: { wait: 5, interval: 2_000 },
    });
    const closers = new Map<string, () => void>();
    const subscriptions = new Map<string, Subscription<unknown>>();
    const open = (view: string): void => {
        const reading: Reading = { view, versions: [], isOpen: true };
        reader.readings.push(reading);
        const change = (data: { version: number }): void => void reading.versions.push(data.version);
        const subscription = client.subscribe<{ version: number }>(view, { change });
        subscriptions.set(view, subscription);
        closers.set(view, () => {
            subscriptions.delete(view);
            reading.isOpen = false;
            subscription.close();
        });
    };
    const reader: Reader = {
        tab,
        client,
        readings: [],
        isGone: false,
        leave: (view, milliseconds) => {
            const close = closers.get(view);
            if (!close || !closers.delete(view)) return;
            close();
            browser.simulation.after(milliseconds, () => !reader.isGone && open(view));
        },
        refresh: () => subscriptions.forEach((subscription) => void subscription.refresh().catch(() => {})),
    };
    views.forEach(open);
    return reader;
}

async function run(seed: number): Promise<void> {
    const random = seeded(seed);
    const chance = (share: number): boolean => random() < share;
    const upTo = (most: number): number => Math.floor(random() * most);
    const browser = new Browser(new Simulation(random));
    const { server, simulation } = browser;
    const shares = chance(0.5);
    const kinds = ["patch", "patch", "changed", "snapshot"] as const;
    server.telling = () => kinds[upTo(kinds.length)] ?? "patch";
    const slow = chance(0.5) ? 400 : 5;
    server.latency = () => (chance(0.3) ? upTo(slow) : 1);
    server.holdsRequests = chance(0.7);
    if (chance(0.2)) server.streaming = "refused";
    server.split = (bytes) => {
        const at = upTo(bytes.length);
        return [bytes.slice(0, at), bytes.slice(at)];
    };
    const newest = new Map<string, number>();
    const change = (view: string): void => {
        const version = (newest.get(view) ?? 0) + 1;
        newest.set(view, version);
        server.set(view, { version, rows: Array.from({ length: 3 }, (_, id) => ({ id, value: (version * (id + 1)) % 5 })) });
    };
    views.forEach(change);
    const readers = [readerOf(browser, shares)];

    const acts: (() => void)[] = [
        () => change(views[upTo(views.length)] ?? "/views/a"),
        () => change(views[upTo(views.length)] ?? "/views/a"),
        () => change(views[upTo(views.length)] ?? "/views/a"),
        () => server.cut(),
        () => server.drain(1 + upTo(3_000)),
        () => server.restart(),
        () => {
            server.isDown = true;
            server.cut();
            simulation.after(upTo(5_000), () => (server.isDown = false));
        },
        () => {
            browser.isOnline = false;
            server.cut();
            readers.forEach(({ tab }) => tab.lives("offline"));
            simulation.after(upTo(10_000), () => {
                browser.isOnline = true;
                readers.forEach(({ tab }) => tab.lives("online"));
            });
        },
        () => {
            const { tab } = readers[upTo(readers.length)] as Reader;
            tab.lives("hidden");
            simulation.after(upTo(90_000), () => tab.lives("visible"));
        },
        () => {
            const { tab, isGone } = readers[upTo(readers.length)] as Reader;
            if (isGone || tab.isFrozen) return;
            tab.freeze();
            simulation.after(upTo(30_000), () => tab.thaw());
        },
        () => {
            const { leave } = readers[upTo(readers.length)] as Reader;
            leave(views[upTo(views.length)] ?? "/views/a", upTo(chance(0.5) ? 100 : 20_000));
        },
        () => {
            const view = views[upTo(views.length)] ?? "/views/a";
            server.refusing.set(view, 404);
            server.problem(view, 404);
            simulation.after(upTo(5_000), () => server.refusing.delete(view));
        },
        () => {
            const view = views[upTo(views.length)] ?? "/views/a";
            if (server.refusing.has(view)) return;
            server.refusing.set(view, 502);
            server.problem(view, 502);
            simulation.after(upTo(5_000), () => server.refusing.get(view) === 502 && server.recover(view));
        },
        () => {
            if (readers.length < 4) readers.push(readerOf(browser, shares));
        },
        () => {
            const alive = readers.filter((reader) => !reader.isGone && !reader.tab.isFrozen);
            const reader = alive[upTo(alive.length)];
            if (!reader || alive.length < 2) return;
            reader.isGone = true;
            if (chance(0.5)) reader.client.close();
            else reader.tab.die();
        },
    ];
    const trace = process.env["NEARSIDE_SCHEDULE"] === String(seed);
    for (let step = 0; step < 12; step++) {
        const act = acts[upTo(acts.length)];
        if (trace) console.log(simulation.now(), String(act));
        act?.();
        await simulation.pass(chance(0.5) ? upTo(30) : upTo(4_000));
    }
    await simulation.pass(150_000);
    for (const reader of readers) if (!reader.isGone) reader.refresh();
    await simulation.pass(60_000);
    views.forEach(change);
    await simulation.pass(10_000);

    for (const { client, readings, isGone } of readers) {
        const problems = readings.filter((each) => each.isOpen && !isGone && client.problem(each.view));
        assert.deepEqual(problems, [], `still a problem in schedule ${seed}`);
        client.close();
        for (const { view, versions, isOpen } of readings) {
            const said = `schedule ${seed}, ${view}: ${versions.join(" ")}`;
            for (const [index, version] of versions.entries()) {
                assert.ok(index === 0 || version > (versions[index - 1] ?? 0), `out of order in ${said}`);
                assert.ok(version <= (newest.get(view) ?? 0), `unreal in ${said}`);
            }
            if (isOpen && !isGone) assert.equal(versions.at(-1), newest.get(view), `not at the end: ${said}`);
        }
    }
}

test(`${schedules} random schedules`, async () => {
    for (let seed = first; seed <= schedules; seed++) await run(seed);
});
