// Puts what is pushed into SWR's cache, once for all components that show the view, and never over a mutation of the user's: an
// optimistic value stays until the write is through and the upstream has been asked what it made of it.

import type { Cache, ScopedMutator } from "swr";
import { SWRGlobalState } from "swr/_internal";
import type { Client, Subscription } from "./client.js";

const look_again = 50; // ms, while a mutation runs that tells nobody of its end

export class SwrPush {
    private users = 0;
    private subscription: Subscription<unknown> | undefined;
    private timer: ReturnType<typeof setTimeout> | undefined;
    private isVerifying = false;

    /** All who show a view share one, from here until what is returned is called. */
    static use(cache: Cache, url: string, client: Client, mutate: ScopedMutator): () => void {
        let pushes = all.get(cache);
        if (!pushes) all.set(cache, (pushes = new Map()));
        let push = pushes.get(url);
        if (!push || push.client !== client) pushes.set(url, (push = new SwrPush(cache, url, client, mutate)));
        return push.enter();
    }

    private constructor(
        private readonly cache: Cache,
        private readonly url: string,
        private readonly client: Client,
        private readonly mutate: ScopedMutator,
    ) {}

    private enter(): () => void {
        if (this.users++ === 0) {
            this.subscription = this.client.subscribe(this.url, {
                change: () => this.show(),
                // A request then says the same, and SWR shows it as its error.
                problem: (_, pushed) => void (pushed && this.mutate(this.url)),
                recovered: () => this.show(),
            });
        }
        return () => this.leave();
    }

    private leave(): void {
        if (--this.users > 0) return;
        clearTimeout(this.timer);
        this.subscription?.close();
        const pushes = all.get(this.cache);
        if (pushes?.get(this.url) === this) pushes.delete(this.url);
    }

    private show(): void {
        if (this.users === 0 || this.isVerifying) return;
        const mutation = unsettledMutation(this.cache, this.url);
        if (!mutation) return this.write();
        clearTimeout(this.timer);
        if (isRunning(mutation)) this.timer = setTimeout(() => this.show(), look_again);
        else void this.verify();
    }

    private async verify(): Promise<void> {
        const leave = this.enter(); // who shows the view again meanwhile is to wait for the outcome, too
        this.isVerifying = true;
        try {
            await fetchView(this.cache, this.url, this.client);
        } catch {
            // What was pushed is still newer than nothing.
        }
        this.isVerifying = false;
        leave();
        this.show();
    }

    private write(): void {
        const version = this.subscription?.current ?? this.client.current(this.url);
        const shown = this.cache.get(this.url);
        if (!version || (shown?.data === version.data && shown?.error === undefined)) return;
        void this.mutate(this.url, version.data, { revalidate: false });
        const ours = unsettledMutation(this.cache, this.url);
        if (ours) settled.add(ours);
    }
}

/** SWR's fetcher. After a mutation, what nearside has stored may be older than the write: the upstream is asked. */
export async function fetchView(cache: Cache, url: string, client: Client): Promise<unknown> {
    const mutation = unsettledMutation(cache, url);
    const fresh = mutation !== undefined && !isRunning(mutation);
    if (fresh) settled.add(mutation);
    return client.read(url, { fresh });
}

// When a mutation of a key began and ended; an end of 0 is still to come. SWR keeps the last one of each key, whoever shows it, and a
// new mutation is a new object.
type Mutation = [number, number];

// What this file did itself, and what the upstream was asked for the outcome of.
const settled = new WeakSet<Mutation>();

function unsettledMutation(cache: Cache, url: string): Mutation | undefined {
    const last: Mutation | undefined = SWRGlobalState.get(cache)?.[1][url];
    return last && !settled.has(last) ? last : undefined;
}

function isRunning(mutation: Mutation): boolean {
    return mutation[1] === 0;
}

const all = new WeakMap<Cache, Map<string, SwrPush>>();
