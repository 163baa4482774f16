// A browser of tests: a clock that is moved by hand or runs by itself, a network, and any number of tabs with locks and channels.

import { createHash } from "node:crypto";
import type { Environment, LifeEvent } from "../../src/environment.js";
import { FakeNearside } from "./fake-nearside.js";
import { FakeLocks } from "./fake-locks.js";

interface Due {
    at: number;
    order: number;
    run: () => void;
}

/** Time that passes only when told, with everything that is due in between in its order. */
export class Simulation {
    private time = 1_000_000;
    private order = 0;
    private due: Due[] = [];

    constructor(readonly random: () => number = seeded(1)) {}

    readonly now = (): number => this.time;

    readonly after = (milliseconds: number, run: () => void): Due => {
        const timer = { at: this.time + Math.max(0, milliseconds), order: this.order++, run };
        this.due.push(timer);
        return timer;
    };

    readonly cancel = (timer: unknown): void => {
        const index = this.due.indexOf(timer as Due);
        if (index >= 0) this.due.splice(index, 1);
    };

    async pass(milliseconds: number): Promise<void> {
        const end = this.time + milliseconds;
        for (;;) {
            await calm();
            const next = this.due.reduce<Due | undefined>(
                (first, each) =>
                    !first || each.at < first.at || (each.at === first.at && each.order < first.order) ? each : first,
                undefined,
            );
            if (!next || next.at > end) break;
            this.cancel(next);
            this.time = Math.max(this.time, next.at);
            next.run();
        }
        this.time = end;
        await calm();
    }
}

// Until nothing is left that promises do by themselves.
async function calm(): Promise<void> {
    for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** Numbers from 0 up to 1, the same for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
    let state = seed >>> 0;
    return () => {
        state = (state + 0x6d2b79f5) >>> 0;
        let mixed = Math.imul(state ^ (state >>> 15), state | 1);
        mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
        return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
    };
}

export class Tab {
    isVisible = true;
    isFrozen = false;
    private isDead = false;
    private readonly heard = new Set<(event: LifeEvent) => void>();
    private readonly locks;
    readonly environment: Environment;

    constructor(browser: Browser, withSharing: boolean) {
        const { simulation } = browser;
        this.locks = browser.locks.of(this);
        this.environment = {
            fetch: async (url, init) => {
                if (!browser.isOnline) throw new TypeError("offline");
                return this.readWhenThawed(await browser.server.fetch(url, init));
            },
            now: simulation.now,
            random: simulation.random,
            // A frozen page's timers are due when it is thawed.
            after: (milliseconds, run) => simulation.after(milliseconds, () => this.whenThawed(run)),
            cancel: simulation.cancel,
            isOnline: () => browser.isOnline,
            isVisible: () => this.isVisible,
            onLife: (listener) => {
                this.heard.add(listener);
                return () => this.heard.delete(listener);
            },
            ...(withSharing && {
                tabs: {
                    locks: this.locks as unknown as LockManager,
                    digest: async (text: string) => createHash("sha256").update(text).digest("hex"),
                    channel: (name: string, heard: (message: unknown) => void) =>
                        // Which a frozen page gets, as in Chromium.
                        browser.channel(name, (message) => void (this.isDead || heard(message))),
                },
            }),
        };
    }

    lives(event: LifeEvent): void {
        if (event === "visible" || event === "hidden") this.isVisible = event === "visible";
        for (const listener of [...this.heard]) listener(event);
    }

    /** Without a word, as a crash. */
    die(): void {
        this.isFrozen = this.isDead = true;
        this.thawed = [];
        this.locks.release();
    }

    freeze(): void {
        this.isFrozen = true;
    }

    thaw(): void {
        this.isFrozen = false;
        for (const run of this.thawed.splice(0)) run();
    }

    private thawed: (() => void)[] = [];

    // A frozen page reads nothing of an answer that is under way.
    private readWhenThawed(response: Response): Response {
        const from = response.body?.getReader();
        if (!from) return response;
        const pull = async (into: ReadableStreamDefaultController) => {
            const { done, value } = await from.read();
            await new Promise<void>((thawed) => this.whenThawed(thawed));
            if (done) into.close();
            else into.enqueue(value);
        };
        const body = new ReadableStream({ pull, cancel: (why) => from.cancel(why) }, { highWaterMark: 0 });
        return new Response(body, response);
    }

    private whenThawed(run: () => void): void {
        if (this.isFrozen) this.thawed.push(run);
        else run();
    }
}

export class Browser {
    isOnline = true;
    readonly server: FakeNearside;
    readonly locks: FakeLocks<Tab>;
    private readonly channels = new Map<string, Set<(message: unknown) => void>>();

    constructor(readonly simulation = new Simulation()) {
        this.server = new FakeNearside(simulation);
        this.locks = new FakeLocks((run) => simulation.after(0, run));
    }

    tab(withSharing = true): Tab {
        return new Tab(this, withSharing);
    }

    channel(name: string, heard: (message: unknown) => void) {
        const all = this.channels.get(name) ?? new Set();
        this.channels.set(name, all);
        all.add(heard);
        return {
            send: (message: unknown) => {
                const copy = structuredClone(message);
                for (const each of all) if (each !== heard) this.simulation.after(0, () => all.has(each) && each(copy));
            },
            close: () => void all.delete(heard),
        };
    }
}
