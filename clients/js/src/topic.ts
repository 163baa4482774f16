// One view that somebody listens to: its state, the requests for it (one at a time), and those who listen.

import { Backoff } from "./backoff.js";
import type { Environment, Timer } from "./environment.js";
import { isFinal, type Message, type Problem } from "./messages.js";
import { readView, ViewError, type ViewAnswer } from "./read-view.js";
import { ViewState, type Version } from "./view-state.js";

export interface Listener {
    change?(version: Version): void;
    /** `pushed`: nobody asked. */
    problem?(problem: Problem, pushed: boolean): void;
    /** What the last problem said is over, whether or not there is another version. */
    recovered?(): void;
}

export interface TopicOptions {
    url: string;
    headers(): Promise<Headers>;
    credentials: RequestCredentials;
    /** A request was answered with a version, be it the one that is held. */
    answered(): void;
}

const catch_up = { first: 100, most: 30_000 }; // ms between requests for what the stream told of
const recheck = 1_000; // ms until a version that the stream hasn't told of is asked for again
const most_rechecks = 2; // then the stream's silence counts as consent
const settle = 250; // ms that a reader waits for the stream to tell of what it has just read

interface How {
    fresh?: boolean;
    /** Seconds that the server may hold the request. */
    wait?: number;
    signal?: AbortSignal;
    /** Nobody waits for it: what it newly fails with is told as pushed. */
    unasked?: boolean;
}

export class Topic {
    readonly state: ViewState;
    readonly listeners = new Set<Listener>();
    /** What the last request or stream failed with; gone once a version came. */
    problem: Problem | undefined;
    private queue: Promise<unknown> = Promise.resolve();
    private waiting: AbortController | undefined; // a request that the server may hold
    private reading = 0;
    private isClosed = false;
    private isOver = false; // the stream has said the last word about it
    private timer: Timer | undefined;
    private rechecks = 0;
    private readonly backoff: Backoff;
    private readonly settled = new Set<() => void>();

    constructor(
        private readonly environment: Environment,
        private readonly options: TopicOptions,
    ) {
        this.backoff = new Backoff(catch_up.first, catch_up.most, environment.random);
        this.state = new ViewState((version) => {
            const isOver = this.forgetProblem();
            for (const listener of [...this.listeners]) listener.change?.(version);
            if (isOver) this.tellRecovered();
        });
    }

    get isReading(): boolean {
        return this.reading > 0;
    }

    /** A stream goes on where it was, and may have nothing new to tell of what was a problem: a request will say. */
    resume(): void {
        if (this.problem && !isFinal(this.problem)) this.fetchIn(0);
    }

    /** When no request is on its way. */
    idle(): Promise<unknown> {
        return this.queue;
    }

    heard(message: Message): void {
        // After a 401 the stream goes on where it was, and tells of nothing twice: what it told of is still to be fetched.
        this.isOver = message.kind === "problem" && isFinal(message.problem) && message.problem.status !== 401;
        if (message.kind === "problem") return this.fail(message.problem, true);
        this.state.heard(message);
        this.recover();
        this.settled.forEach((go) => go());
        if (this.state.isBehind) this.fetchIn(0);
        else this.rest();
    }

    attach(): void {
        this.state.attach();
    }

    detach(): void {
        const isUnsure = this.state.isParked || this.state.isBehind;
        this.state.detach();
        if (isUnsure) this.fetchIn(0);
        else if (this.state.held) this.rest();
    }

    /** What the server has now. With `fresh`, what the upstream has now. */
    async read(fresh = false): Promise<Version> {
        await this.request(fresh ? { fresh } : {});
        if (this.state.isParked || this.state.isBehind) await this.settling();
        const version = this.state.held;
        if (!version) throw new Error(`${this.options.url}: nothing came`);
        return version;
    }

    /** One request at a time, in order, so that answers can't overtake each other. A new one ends one that only waits. */
    request(how: How): Promise<ViewAnswer> {
        this.waiting?.abort();
        const ending = new AbortController();
        if (how.wait !== undefined) this.waiting = ending;
        this.reading++;
        const answer = this.queue.then(() => this.send(how, ending));
        this.queue = answer.catch(() => {}).finally(() => this.reading--);
        return answer;
    }

    private fail(problem: Problem, pushed: boolean): void {
        this.problem = problem;
        for (const listener of [...this.listeners]) listener.problem?.(problem, pushed);
    }

    private recover(): void {
        if (this.forgetProblem()) this.tellRecovered();
    }

    private forgetProblem(): boolean {
        const there = this.problem !== undefined;
        this.problem = undefined;
        return there;
    }

    private tellRecovered(): void {
        for (const listener of [...this.listeners]) listener.recovered?.();
    }

    close(): void {
        this.isClosed = true;
        this.rest();
        this.waiting?.abort();
    }

    private async send(how: How, ending: AbortController): Promise<ViewAnswer> {
        if (how.signal?.aborted) ending.abort();
        const end = (): void => ending.abort();
        how.signal?.addEventListener("abort", end);
        try {
            return await this.ask(how, ending.signal);
        } catch (error) {
            const problem = error instanceof ViewError ? error.problem : undefined;
            if (problem) this.fail(problem, how.unasked === true && problem.status !== this.problem?.status);
            if (this.isOwed(problem)) this.fetchIn(this.backoff.next());
            throw error;
        } finally {
            how.signal?.removeEventListener("abort", end);
            if (this.waiting === ending) this.waiting = undefined;
        }
    }

    private async ask({ wait, fresh }: How, signal: AbortSignal): Promise<ViewAnswer> {
        const { url, credentials } = this.options;
        const headers = await this.options.headers();
        const known = this.state.known;
        const before = this.state.held;
        const heard = this.state.messages;
        const answer = await readView(this.environment, {
            url,
            headers,
            credentials,
            known,
            // A server holds nothing back from who has nothing.
            ...(wait !== undefined && known.length > 0 && { wait }),
            ...(fresh && { fresh }),
            signal,
        });
        if (answer.kind === "version") this.state.fetched({ data: answer.data, etag: answer.etag }, heard);
        else this.state.unchanged(answer.etag);
        this.recover();
        this.look(this.state.held !== before);
        this.options.answered();
        return answer;
    }

    // After a failure: is there something that only a request can bring?
    private isOwed(problem: Problem | undefined): boolean {
        const isRefused = problem !== undefined && isFinal(problem);
        if (this.state.isBehind || this.state.isParked) return !(isRefused && (this.isOver || !this.state.isAttached));
        // A stream that is resumed sends what is new since its id, and that may be nothing: the first version is a request's to bring.
        return !this.state.held && this.listeners.size > 0 && !isRefused;
    }

    // After an answer: is anything still to come?
    private look(hasMoved: boolean): void {
        this.settled.forEach((go) => go());
        if (!this.state.isParked) {
            this.rechecks = 0;
            if (!this.state.isBehind) this.rest();
            else this.fetchIn(hasMoved ? 0 : this.backoff.next());
        } else if (this.rechecks++ < most_rechecks) {
            this.fetchIn(recheck);
        } else {
            this.state.takeParked();
            this.rest();
        }
    }

    private fetchIn(milliseconds: number): void {
        if (this.isClosed) return;
        this.environment.cancel(this.timer);
        this.timer = this.environment.after(milliseconds, () => {
            this.timer = undefined;
            if (this.reading > 0 && !this.waiting) return; // what is on its way looks again when it is here
            this.request({ unasked: true }).catch(() => {}); // which sees to the next
        });
    }

    private rest(): void {
        this.rechecks = 0;
        this.backoff.reset();
        this.environment.cancel(this.timer);
        this.timer = undefined;
    }

    private settling(): Promise<void> {
        return new Promise((resolve) => {
            const go = (): void => {
                if (timer !== undefined && (this.state.isParked || this.state.isBehind)) return;
                this.environment.cancel(timer);
                this.settled.delete(go);
                resolve();
            };
            let timer: Timer | undefined = this.environment.after(settle, () => {
                timer = undefined;
                go();
            });
            this.settled.add(go);
        });
    }
}
