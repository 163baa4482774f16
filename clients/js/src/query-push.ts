// Puts what is pushed into TanStack Query's cache, once for all components that show the view, and not while a mutation runs: an
// optimistic value stays until the write is through and the upstream has been asked what it made of it.

import type { Mutation, QueryClient } from "@tanstack/react-query";
import type { Client, Subscription } from "./client.js";

/** Whether a mutation may have to do with a view. */
export type Concerns = (mutation: Mutation<unknown, unknown, unknown, unknown>) => boolean;

export class QueryPush {
    private users = 0;
    private subscription: Subscription<unknown> | undefined;
    private endWatch: (() => void) | undefined;
    private isMutated = false;
    private isVerifying = false;
    private concerns: Concerns = () => true;

    /** All who show a view share one, from here until what is returned is called. */
    static use(queries: QueryClient, url: string, client: Client, concerns?: Concerns): () => void {
        let pushes = all.get(queries);
        if (!pushes) all.set(queries, (pushes = new Map()));
        let push = pushes.get(url);
        if (!push || push.client !== client) pushes.set(url, (push = new QueryPush(queries, url, client)));
        if (concerns) push.concerns = concerns;
        return push.enter();
    }

    /** The query's function. After a mutation, what nearside has stored may be older than the write: the upstream is asked. */
    static async fetch(queries: QueryClient, url: string, client: Client): Promise<unknown> {
        const push = all.get(queries)?.get(url);
        return push?.client === client ? push.fetch() : client.read(url);
    }

    private constructor(
        private readonly queries: QueryClient,
        private readonly url: string,
        private readonly client: Client,
    ) {}

    private enter(): () => void {
        if (this.users++ === 0) {
            this.endWatch = this.queries.getMutationCache().subscribe((event) => {
                if (event.type !== "updated" || !this.concerns(event.mutation)) return;
                if (event.action.type === "success" || event.action.type === "error") {
                    this.isMutated = true;
                    // After whoever waits for the mutation has had its turn.
                    queueMicrotask(() => this.show());
                }
            });
            this.subscription = this.client.subscribe(this.url, {
                change: () => this.show(),
                // A request then says the same, and the query shows it as its error.
                problem: (_, pushed) =>
                    void (pushed && this.queries.invalidateQueries({ queryKey: [this.url], exact: true })),
                recovered: () => this.show(),
            });
        }
        return () => this.leave();
    }

    private leave(): void {
        if (--this.users > 0) return;
        this.endWatch?.();
        this.subscription?.close();
        this.subscription = undefined;
        this.forget();
    }

    // Whoever shows the view next has to know of a mutation whose outcome nobody has asked for.
    private forget(): void {
        const pushes = all.get(this.queries);
        if (this.users === 0 && !this.isMutated && pushes?.get(this.url) === this) pushes.delete(this.url);
    }

    private async fetch(): Promise<unknown> {
        const fresh = this.isMutated && !this.isMutating;
        if (fresh) {
            this.isMutated = false;
            this.forget();
        }
        return this.client.read(this.url, { fresh });
    }

    private get isMutating(): boolean {
        return this.queries.isMutating({ predicate: (mutation) => this.concerns(mutation) }) > 0;
    }

    private show(): void {
        if (this.users === 0 || this.isVerifying || this.isMutating) return;
        if (this.isMutated) void this.verify();
        else this.write();
    }

    private async verify(): Promise<void> {
        const leave = this.enter(); // who shows the view again meanwhile is to wait for the outcome, too
        this.isVerifying = true;
        try {
            await this.fetch();
        } catch {
            // What was pushed is still newer than nothing.
        }
        this.isVerifying = false;
        leave();
        this.show();
    }

    private write(): void {
        const version = this.subscription?.current ?? this.client.current(this.url);
        const shown = this.queries.getQueryState([this.url]);
        if (!version || (shown?.data === version.data && shown?.status !== "error")) return;
        this.queries.setQueryData([this.url], version.data);
    }
}

const all = new WeakMap<QueryClient, Map<string, QueryPush>>();
