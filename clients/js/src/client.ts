// The views of one server, for one user: who listens to which, and the source that tells of them. One client a page is
// enough; its tabs find each other.

import { browserEnvironment } from "./browser-environment.js";
import type { Environment, LifeEvent, Timer } from "./environment.js";
import { GroupedSource } from "./grouped-source.js";
import { isFinal, type Message, type Problem } from "./messages.js";
import { Poller, WaitingRoom, type PollOptions } from "./poller.js";
import { sharingName } from "./sharing-name.js";
import { SharedSource } from "./shared-source.js";
import type { Source, SourceEvents, SourceState } from "./source.js";
import { StreamSource } from "./stream-source.js";
import { Topic, type Listener } from "./topic.js";
import type { Version } from "./view-state.js";

export type HeadersSource = HeadersInit | (() => HeadersInit | Promise<HeadersInit>);

export interface ClientOptions {
    /** Where nearside is. The page's own origin when left out. */
    origin?: string;
    /** Sent with every request. A function is asked anew for each, so that a token can change. */
    headers?: HeadersSource;
    /** `include` sends cookies to another origin, too. */
    credentials?: RequestCredentials;
    /**
     * Tabs share one stream where their headers are the same, or where this names the same user.
     * `false`: each tab its own.
     */
    share?: boolean | string;
    /** The path of streams of many views. `false`: a stream for each view, from its own URL. */
    streams?: string | false;
    /** `streams.views` of the server. */
    viewsPerStream?: number;
    /** Milliseconds without a byte after which a stream counts as dead: more than twice `streams.heartbeat`. */
    silence?: number;
    /** Milliseconds: the first wait before a stream is asked for again (until the server says another), and the longest. */
    retry?: { first: number; most: number };
    poll?: Partial<PollOptions>;
    environment?: Environment;
}

/** `polling`: streams don't get through. `offline`: the browser says that there is no network. */
export type Status = Exclude<SourceState, "unavailable"> | "polling" | "offline";

export interface SubscribeHandlers<T> {
    /** Each version, in order. Parts that are equal to the version before are the same objects. */
    change?(data: T, version: Version<T>): void;
    /** `pushed`: nobody asked. */
    problem?(problem: Problem, pushed: boolean): void;
    /** What the last problem said is over, whether or not there is another version. */
    recovered?(): void;
    /** What is known already, of a server's rendering say. */
    seed?: Version<T> | undefined;
}

export interface Subscription<T> {
    readonly current: Version<T> | undefined;
    /** What the server has now; with `fresh`, what the upstream has now, one round trip away. */
    refresh(options?: { fresh?: boolean }): Promise<T>;
    close(): void;
}

interface Entry {
    topic: Topic;
    poller?: Poller;
    isAttached: boolean; // the source is asked for it
    refused: boolean; // the source can't tell of it, requests can
    isOver: boolean; // the source has said the last word about it, unless a request brings it
    closing?: Timer;
}

const linger = 5_000; // ms that a view is kept up after its last listener left: a page that mounts again finds it
const first_read = 2_000; // ms that a stream waits for the first request, so that its snapshot is no older than the answer
const waiting_requests = 2;

export class Client {
    readonly origin: string;
    private readonly environment: Environment;
    private readonly entries = new Map<string, Entry>();
    private readonly room = new WaitingRoom(waiting_requests);
    private readonly statusListeners = new Set<() => void>();
    private readonly endLife: () => void;
    private source: Source | undefined;
    private sourceState: SourceState = "waiting";
    private wasOffline = false;

    constructor(private readonly options: ClientOptions = {}) {
        this.environment = options.environment ?? browserEnvironment();
        this.origin = originOf(options.origin);
        this.endLife = this.environment.onLife((event) => this.lives(event));
    }

    get status(): Status {
        if (!this.environment.isOnline()) return "offline";
        return this.sourceState === "unavailable" ? "polling" : this.sourceState;
    }

    onStatus(heard: () => void): () => void {
        this.statusListeners.add(heard);
        return () => this.statusListeners.delete(heard);
    }

    subscribe<T = unknown>(url: string, handlers: SubscribeHandlers<T>): Subscription<T> {
        const name = this.nameOf(url);
        const entry = this.entryOf(name);
        const listener: Listener = {
            change: (version) => handlers.change?.(version.data as T, version as Version<T>),
            problem: (problem, pushed) => handlers.problem?.(problem, pushed),
            recovered: () => handlers.recovered?.(),
        };
        this.environment.cancel(entry.closing);
        const { topic } = entry;
        if (handlers.seed) topic.state.seed(handlers.seed);
        else if (topic.state.held) handlers.change?.(topic.state.held.data as T, topic.state.held as Version<T>);
        topic.listeners.add(listener);
        if (!topic.state.held && !topic.isReading) topic.request({}).catch(() => {});
        this.attachSoon(name, entry);
        return {
            get current() {
                return topic.state.held as Version<T> | undefined;
            },
            refresh: async ({ fresh = false } = {}) => (await topic.read(fresh)).data as T,
            close: () => {
                if (!topic.listeners.delete(listener) || topic.listeners.size > 0) return;
                this.keepAWhile(name, entry);
            },
        };
    }

    /** One request, conditional where a version is known; what it brings is everybody's. */
    async read<T = unknown>(url: string, { fresh = false } = {}): Promise<T> {
        const name = this.nameOf(url);
        const entry = this.entryOf(name);
        if (entry.topic.listeners.size === 0) this.keepAWhile(name, entry);
        return (await entry.topic.read(fresh)).data as T;
    }

    /** What a server has rendered: good as long as nothing else is here. */
    seed(url: string, version: Version): void {
        const name = this.nameOf(url);
        const entry = this.entryOf(name);
        entry.topic.state.seed(version);
        if (entry.topic.listeners.size === 0) this.keepAWhile(name, entry);
    }

    /** The newest version here, without asking anybody. */
    current<T = unknown>(url: string): Version<T> | undefined {
        return this.entries.get(this.nameOf(url))?.topic.state.held as Version<T> | undefined;
    }

    /** Why the view isn't here, or isn't renewed; nothing while all is well. */
    problem(url: string): Problem | undefined {
        return this.entries.get(this.nameOf(url))?.topic.problem;
    }

    close(): void {
        this.endLife();
        this.source?.close();
        this.source = undefined;
        for (const entry of this.entries.values()) {
            this.environment.cancel(entry.closing);
            entry.poller?.stop();
            entry.topic.close();
        }
        this.entries.clear();
    }

    // A view's name is its path and query; the server is the client's.
    private nameOf(url: string): string {
        const { origin, pathname, search } = new URL(url, this.origin);
        if (origin !== new URL(this.origin).origin) throw new TypeError(`${url} isn't of ${this.origin}`);
        return pathname + search;
    }

    private entryOf(name: string): Entry {
        let entry = this.entries.get(name);
        if (!entry) {
            const options = {
                url: this.origin + name,
                headers: () => headersOf(this.options.headers),
                credentials: this.options.credentials ?? "same-origin",
                answered: () => this.answered(name),
            };
            entry = { topic: new Topic(this.environment, options), isAttached: false, refused: false, isOver: false };
            this.entries.set(name, entry);
        }
        return entry;
    }

    private keepAWhile(name: string, entry: Entry): void {
        this.environment.cancel(entry.closing);
        entry.closing = this.environment.after(linger, () => {
            if (entry.topic.listeners.size > 0) return;
            if (entry.topic.isReading && !entry.poller) return this.keepAWhile(name, entry);
            this.entries.delete(name);
            entry.poller?.stop();
            entry.topic.close();
            if (entry.isAttached) this.want();
        });
    }

    private attachSoon(name: string, entry: Entry): void {
        if (entry.isAttached) return;
        const attach = (): void => {
            this.environment.cancel(timer);
            if (entry.isAttached || this.entries.get(name) !== entry || entry.topic.listeners.size === 0) return;
            entry.isAttached = true;
            this.follow(entry);
            this.want();
        };
        const timer = this.environment.after(first_read, attach);
        entry.topic.idle().then(attach, attach);
    }

    private want(): void {
        this.source ??= this.makeSource();
        this.source.want([...this.entries].filter(([, entry]) => entry.isAttached).map(([name]) => name));
    }

    private makeSource(): Source {
        const { environment, options } = this;
        const events: SourceEvents = {
            message: (message) => this.heard(message),
            state: (state) => this.turned(state),
        };
        const most = options.streams === false ? 1 : (options.viewsPerStream ?? 50);
        const make = (heard: SourceEvents, lastEventId = ""): Source =>
            new GroupedSource(
                most,
                (each) =>
                    new StreamSource(
                        environment,
                        {
                            urlOf: (views) => this.streamOf(views),
                            isOwn: options.streams === false,
                            headers: () => headersOf(options.headers),
                            credentials: options.credentials ?? "same-origin",
                            idInQuery: this.isElsewhere,
                            silence: options.silence ?? 40_000,
                            retry: options.retry ?? { first: 1_000, most: 30_000 },
                        },
                        each,
                        lastEventId,
                    ),
                heard,
            );
        const { tabs } = environment;
        if (!tabs || options.share === false) return make(events);
        const name = sharingName(
            tabs.digest,
            `${this.origin}${String(options.streams ?? "/stream")}`,
            typeof options.share === "string" ? options.share : () => headersOf(options.headers),
        );
        return new SharedSource({ ...environment, tabs }, { name, make }, events);
    }

    private get isElsewhere(): boolean {
        return typeof location !== "undefined" && new URL(this.origin).origin !== location.origin;
    }

    private streamOf(views: readonly string[]): string {
        const { streams = "/stream" } = this.options;
        if (streams === false) return this.origin + views[0];
        return `${this.origin}${streams}?${views.map((view) => `view=${encodeURIComponent(view)}`).join("&")}`;
    }

    private heard(message: Message): void {
        const entry = this.entries.get(message.view) ?? this.entries.get(this.nameOf(message.view));
        if (!entry) return;
        // The stream has it already, as another tab wants it or this page did a while ago.
        if (!entry.isAttached) entry.topic.attach();
        // Nothing of it may be stored, so nobody can push it; requests bring it.
        if (message.kind === "problem" && message.problem.status === 406) {
            entry.refused = true;
            return this.follow(entry);
        }
        entry.isOver = message.kind === "problem" && isFinal(message.problem);
        entry.topic.heard(message);
    }

    private answered(name: string): void {
        const entry = this.entries.get(name);
        if (!entry) return;
        entry.poller?.goOn();
        if (!entry.isOver) return;
        entry.isOver = false;
        this.source?.revive(name);
    }

    private turned(state: SourceState): void {
        if (state === this.sourceState) return;
        this.sourceState = state;
        for (const entry of this.entries.values()) {
            if (!entry.isAttached) continue;
            this.follow(entry);
            if (state === "live") entry.topic.resume();
        }
        this.statusListeners.forEach((heard) => heard());
    }

    // By stream where there is one, otherwise by requests.
    private follow(entry: Entry): void {
        const polls = entry.refused || this.sourceState === "unavailable";
        if (!polls && (this.sourceState === "live" || this.sourceState === "connecting")) entry.topic.attach();
        else entry.topic.detach();
        if (polls && this.environment.isVisible()) {
            entry.poller ??= new Poller(
                this.environment,
                { wait: 25, interval: 5_000, ...this.options.poll },
                this.room,
                entry.topic,
            );
        } else {
            entry.poller?.stop();
            delete entry.poller;
        }
    }

    private lives(event: LifeEvent): void {
        switch (event) {
            case "frozen":
                return this.source?.sleep();
            case "offline":
                this.wasOffline = true;
                break;
            case "online":
            case "resumed":
                this.source?.wake(this.wasOffline || event === "resumed");
                this.wasOffline = false;
                break;
            case "visible":
                this.source?.wake(false);
                break;
        }
        for (const entry of this.entries.values()) {
            if (entry.poller && (event === "online" || event === "resumed")) entry.poller.start();
            else if (entry.isAttached) this.follow(entry);
        }
        if (event === "online" || event === "offline") this.statusListeners.forEach((heard) => heard());
    }
}

function originOf(origin: string | undefined): string {
    const page = typeof location === "undefined" || location.origin === "null" ? undefined : location.origin;
    const given = origin ?? page;
    if (given === undefined) throw new TypeError("outside of a page, a client has to be told its origin");
    return new URL(given, page).href.replace(/\/$/, "");
}

async function headersOf(source: HeadersSource | undefined): Promise<Headers> {
    return new Headers(typeof source === "function" ? await source() : source);
}
