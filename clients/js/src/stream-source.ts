// Keeps one stream open: connects, resumes from the last id after each loss, follows changes of what is wanted.

import { Backoff } from "./backoff.js";
import type { Environment, Timer } from "./environment.js";
import { readStream, type StreamEnd } from "./event-stream.js";
import { isFinal, isFinalStatus, messageOf, type Problem } from "./messages.js";
import type { Source, SourceEvents } from "./source.js";

export interface StreamOptions {
    /** The URL of a stream of these views. */
    urlOf(views: readonly string[]): string;
    /** That URL is the one view's own: what is refused there, is refused of the view. */
    isOwn: boolean;
    headers(): Promise<Headers>;
    credentials: RequestCredentials;
    /** Where a header of that name isn't sent without a question first (CORS), the id goes into the query. */
    idInQuery: boolean;
    silence: number;
    /** Milliseconds: the first wait before connecting again, and the longest. */
    retry: { first: number; most: number };
}

const gather = 10; // ms: views that appear together make one request
const linger = 10_000; // ms that a stream goes on with views that nobody wants any more
const retry_unavailable = 300_000; // ms
const no_streams: readonly number[] = [404, 405, 406, 501]; // of a server, or of something before it, that knows none
const most_silent = 2; // connections without a byte, before something on the way is taken to hold streams back

export class StreamSource implements Source {
    private wanted: readonly string[] = [];
    private asked: readonly string[] = []; // what the stream that is open tells of
    // What the server has said the last word about, until the timer where there is one.
    private readonly ended = new Map<string, Timer | undefined>();
    // Of each view that was refused, until the stream tells of it: it is asked for later and later.
    private readonly refusals = new Map<string, Backoff>();
    private connection: AbortController | undefined;
    private timer: Timer | undefined;
    private dueAt = Infinity;
    private notBefore = 0; // a server that is busy, or down, isn't asked earlier for the sake of another view
    private lingering: Timer | undefined;
    private lastSign = 0; // when a byte came
    private silent = 0;
    private isUnavailable = false;
    private readonly backoff: Backoff;

    constructor(
        private readonly environment: Environment,
        private readonly options: StreamOptions,
        private readonly events: SourceEvents,
        /** What to resume from, where another source has left off. */
        private lastEventId = "",
    ) {
        this.backoff = new Backoff(options.retry.first, options.retry.most, environment.random);
    }

    want(views: readonly string[]): void {
        const isNew = views.some((view) => !this.wanted.includes(view));
        this.forgetAllBut(views);
        this.wanted = views;
        const isMissing = views.some((view) => !this.asked.includes(view) && !this.ended.has(view));
        if (isNew && isMissing && !this.isUnavailable) this.connectIn(gather);
        else if (this.asked.some((view) => !views.includes(view))) this.leaveLater();
    }

    revive(view: string): void {
        if (this.ended.has(view)) this.reviveLater(view);
    }

    wake(isSure: boolean): void {
        const isAlive = this.connection && this.environment.now() - this.lastSign < this.options.silence / 2;
        if (isAlive && !isSure) return;
        this.forgetAllBut([]);
        this.notBefore = 0;
        this.backoff.reset();
        this.silent = 0;
        if (this.wanted.length > 0) this.connectIn(0);
    }

    sleep(): void {
        this.drop();
        this.forgetAllBut([]);
        this.environment.cancel(this.timer);
        this.environment.cancel(this.lingering);
        this.dueAt = Infinity;
    }

    close(): void {
        this.wanted = [];
        this.sleep();
    }

    // Who goes from page to page comes back; a new connection for each step would be a waste.
    private leaveLater(): void {
        this.environment.cancel(this.lingering);
        this.lingering = this.environment.after(linger, () => {
            if (this.asked.some((view) => !this.wanted.includes(view))) this.connectIn(0);
        });
    }

    private drop(): void {
        this.connection?.abort();
        this.connection = undefined;
        this.asked = [];
    }

    // The earlier of two times holds.
    private connectIn(milliseconds: number): void {
        const now = this.environment.now();
        const due = Math.max(now + milliseconds, this.notBefore);
        if (due >= this.dueAt) return;
        this.environment.cancel(this.timer);
        this.dueAt = due;
        this.timer = this.environment.after(due - now, () => {
            this.dueAt = Infinity;
            void this.connect();
        });
    }

    private async connect(): Promise<void> {
        const views = this.wanted.filter((view) => !this.ended.has(view));
        this.drop();
        this.isUnavailable = false;
        if (views.length === 0) return;
        const mine = new AbortController();
        this.connection = mine;
        this.asked = views;
        this.events.state("connecting");
        const end = await this.read(views, mine.signal);
        if (this.connection !== mine) return; // another one has taken its place
        this.connection = undefined;
        this.asked = [];
        this.endedBy(end);
    }

    private async read(views: readonly string[], signal: AbortSignal): Promise<StreamEnd> {
        let headers: Headers;
        try {
            headers = await this.options.headers();
        } catch {
            return { kind: "lost" };
        }
        if (signal.aborted) return { kind: "lost" };
        let url = this.options.urlOf(views);
        const { lastEventId } = this;
        if (lastEventId !== "") {
            if (this.options.idInQuery)
                url += `${url.includes("?") ? "&" : "?"}last_event_id=${encodeURIComponent(lastEventId)}`;
            else headers.set("last-event-id", lastEventId);
        }
        const { credentials, silence } = this.options;
        return readStream(
            this.environment,
            { url, headers, credentials, lastEventId, silence, signal },
            {
                open: () => {
                    this.silent = 0;
                    this.backoff.reset();
                    this.events.state("live");
                },
                alive: () => {
                    this.lastSign = this.environment.now();
                },
                retry: (milliseconds) => this.backoff.begin(milliseconds),
                event: (event) => {
                    if (signal.aborted) return;
                    this.lastEventId = event.id;
                    const message = messageOf(event);
                    if (!message) return;
                    if (message.kind !== "problem") this.refusals.delete(message.view);
                    else if (isFinal(message.problem)) this.end(message.view, message.problem);
                    this.events.message(message, event.id);
                },
            },
        );
    }

    private end(view: string, problem: Problem): void {
        this.asked = this.asked.filter((each) => each !== view);
        if (!this.wanted.includes(view)) return; // whoever wants it later asks anew
        this.ended.set(view, undefined);
        // A new connection asks the page for new credentials.
        if (problem.status === 401) this.reviveLater(view);
    }

    private reviveLater(view: string): void {
        if (this.ended.get(view) !== undefined) return;
        const { first, most } = this.options.retry;
        const backoff = this.refusals.get(view) ?? new Backoff(first, most, this.environment.random);
        this.refusals.set(view, backoff);
        const revive = (): void => {
            this.ended.delete(view);
            if (!this.isUnavailable) this.connectIn(0);
        };
        this.ended.set(view, this.environment.after(backoff.next(), revive));
    }

    private forgetAllBut(views: readonly string[]): void {
        for (const view of [...this.ended.keys(), ...this.refusals.keys()]) {
            if (views.includes(view)) continue;
            this.environment.cancel(this.ended.get(view));
            this.ended.delete(view);
            this.refusals.delete(view);
        }
    }

    // Streams don't get through here: other ways are taken, and this one is tried again after minutes.
    private giveUp(): void {
        this.isUnavailable = true;
        this.connectIn(retry_unavailable);
        this.events.state("unavailable");
    }

    private endedBy(end: StreamEnd): void {
        if (end.kind === "refused" && this.options.isOwn && isFinalStatus(end.status)) {
            const problem = { ...end.problem, status: end.status };
            for (const view of this.wanted) {
                this.end(view, problem);
                this.events.message({ kind: "problem", view, problem }, this.lastEventId);
            }
        }
        // Of each view the last word was said, for now at least.
        if (this.wanted.every((view) => this.ended.has(view))) return this.events.state("live");
        let wait: number | undefined;
        switch (end.kind) {
            case "no-stream":
                return this.giveUp();
            case "silent":
                if (++this.silent < most_silent) break;
                return this.giveUp();
            case "refused":
                if (no_streams.includes(end.status)) return this.giveUp();
                wait = end.retryAfter;
                for (const view of this.wanted) {
                    if (this.ended.has(view)) continue;
                    this.events.message({ kind: "problem", view, problem: end.problem }, this.lastEventId);
                }
                break;
        }
        wait = Math.max(wait ?? 0, this.backoff.next());
        this.notBefore = this.environment.now() + wait;
        this.connectIn(wait);
        this.events.state("waiting");
    }
}
