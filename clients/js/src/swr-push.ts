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
    private ours: number | undefined; // when this class mutated last
    private isVerifying = false;

    /** The one of this view in this cache. */
    static of(cache: Cache, url: string, client: Client, mutate: ScopedMutator): SwrPush {
        let pushes = all.get(cache);
        if (!pushes) all.set(cache, (pushes = new Map()));
        let push = pushes.get(url);
        if (!push || push.client !== client) pushes.set(url, (push = new SwrPush(cache, url, client, mutate)));
        return push;
    }

    private constructor(
        private readonly cache: Cache,
        private readonly url: string,
        private readonly client: Client,
        private readonly mutate: ScopedMutator,
    ) {
        this.ours = this.mutation?.[0];
    }

    /** Until what it returns is called. */
    use(): () => void {
        if (this.users++ === 0) {
            this.subscription = this.client.subscribe(this.url, {
                change: () => this.show(),
                // A request then says the same, and SWR shows it as its error.
                problem: (_, pushed) => void (pushed && this.mutate(this.url)),
            });
        }
        return () => {
            if (--this.users > 0) return;
            clearTimeout(this.timer);
            this.subscription?.close();
        };
    }

    /** SWR's fetcher. After a mutation, what nearside has stored may be older than the write: the upstream is asked. */
    async fetch(): Promise<unknown> {
        const fresh = this.isMutated && !this.isMutating;
        if (fresh) this.ours = this.mutation?.[0];
        return this.client.read(this.url, { fresh });
    }

    private show(): void {
        if (this.users === 0 || this.isVerifying) return;
        if (!this.isMutated) return this.write();
        clearTimeout(this.timer);
        if (this.isMutating) this.timer = setTimeout(() => this.show(), look_again);
        else void this.verify();
    }

    private async verify(): Promise<void> {
        this.isVerifying = true;
        try {
            await this.fetch();
        } catch {
            // What was pushed is still newer than nothing.
        }
        this.isVerifying = false;
        this.show();
    }

    private write(): void {
        const version = this.subscription?.current ?? this.client.current(this.url);
        if (!version || this.cache.get(this.url)?.data === version.data) return;
        void this.mutate(this.url, version.data, { revalidate: false });
        this.ours = this.mutation?.[0];
    }

    // When the last mutation of this key began and ended; an end of 0 is still to come.
    private get mutation(): [number, number] | undefined {
        return SWRGlobalState.get(this.cache)?.[1][this.url];
    }

    private get isMutated(): boolean {
        return this.mutation !== undefined && this.mutation[0] !== this.ours;
    }

    private get isMutating(): boolean {
        return this.mutation?.[1] === 0;
    }
}

const all = new WeakMap<Cache, Map<string, SwrPush>>();
