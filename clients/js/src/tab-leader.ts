// The tab that leads: it holds the stream for the views of all tabs, and passes on what comes.

import type { Environment } from "./environment.js";
import type { NewestMessages } from "./newest-messages.js";
import type { Source, SourceEvents, SourceState } from "./source.js";
import type { TabMessage } from "./tab-messages.js";

export interface LeaderEvents extends SourceEvents {
    send(message: TabMessage): void;
    make(events: SourceEvents): Source;
}

export class TabLeader {
    private readonly wants = new Map<string, readonly string[]>();
    private readonly watches = new Map<string, AbortController>();
    private lastEventId = "";
    private readonly source: Source;
    private state: SourceState = "connecting";
    private isClosed = false;

    static lockOf(name: string, tab: string): string {
        return `${name}:tab:${tab}`;
    }

    constructor(
        private readonly environment: Required<Environment>,
        private readonly name: string,
        private readonly tab: string,
        // Of each view, as far as this tab has heard while others led, too: a stream that is resumed doesn't tell it again.
        private readonly newest: NewestMessages,
        private readonly events: LeaderEvents,
    ) {
        this.source = events.make({
            state: (state) => {
                this.state = state;
                events.send({ say: "state", from: tab, state });
                events.state(state);
            },
            message: (message, id) => {
                this.lastEventId = id || this.lastEventId;
                newest.heard(message);
                events.send({ say: "message", from: tab, message, id });
                events.message(message, id);
            },
        });
        events.send({ say: "lead", from: tab });
    }

    want(tab: string, views: readonly string[]): void {
        if (this.isClosed) return;
        const before = this.wants.get(tab) ?? [];
        this.wants.set(tab, views);
        this.ask();
        // What another tab wants all the same, and was refused, is asked for anew as it would be in a tab that is alone.
        for (const view of views) if (!before.includes(view)) this.revive(view);
    }

    heard(said: TabMessage): void {
        switch (said.say) {
            case "want":
                return this.welcome(said.from, said.views);
            case "revive":
                return this.revive(said.view);
            case "ping":
                if (!this.wants.has(said.from)) this.events.send({ say: "lead", from: this.tab });
                // By a timer: to a frozen tab browsers go on delivering messages, and it would answer for a stream that it
                // doesn't read. Its timers stand still.
                this.environment.after(0, () => {
                    if (!this.isClosed) this.events.send({ say: "pong", from: this.tab, to: said.from });
                });
                return;
            case "bye":
                return this.forget(said.from);
        }
    }

    revive(view: string): void {
        this.source.revive(view);
    }

    wake(isSure: boolean): void {
        this.source.wake(isSure);
    }

    close(): void {
        this.isClosed = true;
        for (const watch of this.watches.values()) watch.abort();
        this.source.close();
    }

    // What it missed of views that are told already, it fetches.
    private welcome(tab: string, views: readonly string[]): void {
        const from = this.tab;
        this.events.send({ say: "lead", from, to: tab });
        this.events.send({ say: "state", from, to: tab, state: this.state });
        // Of all views, for it may lead next. With the newest id of all: what came before it is no news to anybody.
        for (const message of this.newest.all())
            this.events.send({ say: "message", from, to: tab, message, id: this.lastEventId });
        this.want(tab, views);
        this.watch(tab);
    }

    private watch(tab: string): void {
        if (this.watches.has(tab)) return;
        const watch = new AbortController();
        this.watches.set(tab, watch);
        this.environment.tabs.locks
            .request(TabLeader.lockOf(this.name, tab), { signal: watch.signal }, () => this.forget(tab))
            .catch(() => {}); // this tab leads no longer
    }

    private forget(tab: string): void {
        this.watches.get(tab)?.abort();
        this.watches.delete(tab);
        if (this.wants.delete(tab)) this.ask();
    }

    private ask(): void {
        if (this.isClosed) return;
        const views = [...new Set([...this.wants.values()].flat())];
        this.newest.wanted(views);
        this.source.want(views);
    }
}
