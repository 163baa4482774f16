// One stream for all tabs of a browser. Whoever holds a Web Lock leads; when that tab is closed, the browser hands the lock to the next
// one, which resumes from the last id that everybody has heard. A leader that no longer answers (frozen, or stuck) has the lock
// taken away.

import type { Channel, Environment, Timer } from "./environment.js";
import { NewestMessages } from "./newest-messages.js";
import { TabLeader } from "./tab-leader.js";
import { isTabMessage, type TabMessage } from "./tab-messages.js";
import type { Source, SourceEvents } from "./source.js";

export interface SharedOptions {
    /** The same for tabs that may share: one server, one user. */
    name: Promise<string>;
    /** The source of the tab that leads. */
    make(events: SourceEvents, lastEventId: string): Source;
}

const ping_every = 5_000; // ms, of a visible tab that follows
const ping_patience = 3_000; // ms

export class SharedSource implements Source {
    private readonly tab: string;
    private wanted: readonly string[] = [];
    private lastEventId = "";
    private readonly newest = new NewestMessages();
    private leader: string | undefined; // who leads, as far as this tab knows
    private leading: TabLeader | undefined;
    private channel: Channel | undefined;
    private session: AbortController | undefined; // from joining to leaving
    private turn: AbortController | undefined; // waiting to lead
    private timer: Timer | undefined;

    constructor(
        private readonly environment: Required<Environment>,
        private readonly options: SharedOptions,
        private readonly events: SourceEvents,
    ) {
        this.tab = `${environment.now().toString(36)}-${environment.random().toString(36).slice(2)}`;
        void this.join();
    }

    want(views: readonly string[]): void {
        this.wanted = views;
        if (this.leading) this.leading.want(this.tab, views);
        else this.greet();
    }

    revive(view: string): void {
        if (this.leading) this.leading.revive(view);
        else this.send({ say: "revive", from: this.tab, view });
    }

    wake(isSure: boolean): void {
        if (!this.session) void this.join();
        else if (this.leading) this.leading.wake(isSure);
        else this.ping();
    }

    sleep(): void {
        this.send({ say: "bye", from: this.tab });
        this.leave();
    }

    close(): void {
        this.sleep();
    }

    private async join(): Promise<void> {
        const session = new AbortController();
        this.session = session;
        this.events.state("connecting");
        const name = await this.options.name;
        if (session.signal.aborted) return;
        this.channel = this.environment.tabs.channel(name, (said) => {
            if (!session.signal.aborted && isTabMessage(said)) this.heard(said);
        });
        // By this lock others learn that the tab is gone, however it went.
        const { locks } = this.environment.tabs;
        locks
            .request(TabLeader.lockOf(name, this.tab), { signal: session.signal }, () => {
                this.greet();
                return ended(session.signal);
            })
            .catch(() => {}); // left before it was granted
        this.queue(session, name);
        this.pingLater();
    }

    private leave(): void {
        this.session?.abort();
        this.session = undefined;
        this.leading?.close();
        this.leading = undefined;
        this.leader = undefined;
        this.environment.cancel(this.timer);
        this.channel?.close();
        this.channel = undefined;
    }

    // Waits for its turn to lead, or takes it.
    private queue(session: AbortController, name: string, how: { steal?: true } = {}): void {
        this.turn?.abort();
        const turn = new AbortController();
        this.turn = turn;
        session.signal.addEventListener("abort", () => turn.abort());
        // A request that steals takes no signal.
        this.environment.tabs.locks
            .request(`${name}:lead`, how.steal ? how : { signal: turn.signal }, () => {
                if (turn.signal.aborted) return Promise.resolve();
                this.lead(name);
                return ended(session.signal);
            })
            .catch(() => {
                if (turn.signal.aborted) return;
                // Another tab has taken the lead, as this one didn't answer it.
                this.leading?.close();
                this.leading = undefined;
                this.leader = undefined;
                this.queue(session, name);
                this.greet();
                this.pingLater();
            });
    }

    private lead(name: string): void {
        this.leader = this.tab;
        this.environment.cancel(this.timer);
        this.leading = new TabLeader(this.environment, name, this.tab, this.newest, {
            send: (message) => this.send(message),
            state: (state) => this.events.state(state),
            message: (message, id) => {
                this.lastEventId = id || this.lastEventId;
                this.events.message(message, id);
            },
            make: (events) => this.options.make(events, this.lastEventId),
        });
        this.leading.want(this.tab, this.wanted);
    }

    private greet(): void {
        if (!this.leading) this.send({ say: "want", from: this.tab, views: this.wanted });
    }

    private heard(said: TabMessage): void {
        if (this.leading) return this.leading.heard(said);
        if ("to" in said && said.to !== undefined && said.to !== this.tab) return;
        switch (said.say) {
            case "lead":
                this.leader = said.from;
                if (said.to === undefined) this.greet();
                return this.pingLater();
            case "pong":
                return this.pingLater();
            case "state":
                if (said.from === this.leader) this.events.state(said.state);
                return;
            case "message":
                if (said.from !== this.leader) return; // one who hasn't noticed yet that it no longer leads
                this.lastEventId = said.id || this.lastEventId;
                this.newest.heard(said.message);
                this.events.message(said.message, said.id);
        }
    }

    private send(message: TabMessage): void {
        this.channel?.send(message);
    }

    private pingLater(): void {
        this.environment.cancel(this.timer);
        this.timer = this.environment.after(ping_every, () => this.ping());
    }

    // Only who is looked at asks: timers of hidden tabs are slow, and nobody waits for what they show.
    private ping(): void {
        this.environment.cancel(this.timer);
        const { session } = this;
        if (!session || !this.channel) return;
        if (!this.environment.isVisible()) return this.pingLater();
        this.send({ say: "ping", from: this.tab });
        this.timer = this.environment.after(ping_patience, () => {
            void this.options.name.then((name) => {
                if (!session.signal.aborted && !this.leading) this.queue(session, name, { steal: true });
            });
        });
    }
}

function ended(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
        if (signal.aborted) resolve();
        signal.addEventListener("abort", () => resolve());
    });
}
