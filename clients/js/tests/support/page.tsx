// A React page over the fake nearside, in real time.

import "./dom.js";
import { act, StrictMode, type ReactNode } from "react";
import { createRoot, hydrateRoot, type Root } from "react-dom/client";
import { Client, type ClientOptions } from "../../src/client.js";
import { container } from "./dom.js";
import { FakeNearside } from "./fake-nearside.js";

export class Page {
    readonly server = new FakeNearside({
        now: Date.now,
        after: (milliseconds, run) => setTimeout(run, milliseconds).unref(),
        random: Math.random,
    });
    readonly client: Client;
    readonly element = container();
    private root: Root | undefined;

    constructor(options: ClientOptions = {}) {
        this.client = new Client({
            origin: "http://near.test",
            environment: {
                fetch: this.server.fetch,
                now: Date.now,
                after: (milliseconds, run) => setTimeout(run, milliseconds).unref(),
                cancel: (timer) => clearTimeout(timer as NodeJS.Timeout),
                random: Math.random,
                isOnline: () => true,
                isVisible: () => true,
                onLife: () => () => {},
            },
            ...options,
        });
    }

    async show(tree: ReactNode): Promise<void> {
        this.root ??= createRoot(this.element);
        await act(async () => this.root?.render(<StrictMode>{tree}</StrictMode>));
    }

    async hydrate(html: string, tree: ReactNode): Promise<void> {
        this.element.innerHTML = html;
        await act(async () => void (this.root = hydrateRoot(this.element, tree)));
    }

    get text(): string {
        return this.element.textContent ?? "";
    }

    async shows(text: string): Promise<void> {
        const deadline = Date.now() + 5_000;
        while (this.text !== text) {
            if (Date.now() > deadline) throw new Error(`never "${text}", but "${this.text}"`);
            await act(() => moment(2)); // React 18 renders when an act ends
        }
    }

    /** The server has had such a request. */
    async asks(url: string, cacheControl: string): Promise<void> {
        const isThere = () =>
            this.server.requests(url).some((each) => each.headers.get("cache-control") === cacheControl);
        for (const deadline = Date.now() + 5_000; !isThere(); ) {
            if (Date.now() > deadline) throw new Error(`never asked for ${url}, ${cacheControl}`);
            await act(() => moment(2));
        }
    }

    /** The stream is open. */
    async isLive(): Promise<void> {
        for (const deadline = Date.now() + 5_000; this.client.status !== "live"; ) {
            if (Date.now() > deadline) throw new Error(`never live, but ${this.client.status}`);
            await act(() => moment(2));
        }
        await act(() => moment(2));
    }

    /** Nothing but this, for a while. */
    async keeps(text: string): Promise<void> {
        for (let turn = 0; turn < 10; turn++) {
            await act(() => moment(10));
            if (this.text !== text) throw new Error(`"${this.text}" instead of "${text}"`);
        }
    }

    async close(): Promise<void> {
        await act(async () => this.root?.unmount());
        this.client.close();
        this.element.remove();
    }
}

function moment(milliseconds: number): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
