// A view where streams don't get through: `Prefer: wait` asks for the next change, and a server that knows no waiting is asked
// every few seconds. One view, in a tab that is looked at; others ask when they are looked at again. A view that is refused for
// good is asked for no more, until somebody else's request brings it.

import { Backoff } from "./backoff.js";
import type { Environment, Timer } from "./environment.js";
import { isFinalStatus } from "./messages.js";
import { ViewError } from "./read-view.js";
import type { Topic } from "./topic.js";

export interface PollOptions {
    /** Seconds that the server may hold a request. */
    wait: number;
    /** Milliseconds between requests to a server that holds none. */
    interval: number;
}

/** How many requests of one page may wait at a server at once: browsers open six connections to a host on HTTP/1.1. */
export class WaitingRoom {
    private taken = 0;

    constructor(private readonly most: number) {}

    enter(): boolean {
        if (this.taken >= this.most) return false;
        this.taken++;
        return true;
    }

    leave(): void {
        this.taken--;
    }
}

export class Poller {
    private ending: AbortController | undefined;
    private timer: Timer | undefined;
    private isRefused = false;
    private readonly backoff: Backoff;

    constructor(
        private readonly environment: Environment,
        private readonly options: PollOptions,
        private readonly room: WaitingRoom,
        private readonly topic: Topic,
    ) {
        this.backoff = new Backoff(1_000, 60_000, environment.random);
        this.start();
    }

    /** At once, and from then on. */
    start(): void {
        this.stop();
        this.isRefused = false;
        const ending = new AbortController();
        this.ending = ending;
        void this.poll(ending.signal);
    }

    /** The view has been had. */
    goOn(): void {
        if (this.isRefused) this.start();
    }

    stop(): void {
        this.ending?.abort();
        this.environment.cancel(this.timer);
    }

    private async poll(signal: AbortSignal): Promise<void> {
        // The first request doesn't wait: it tells what was missed.
        for (let wait = false; !signal.aborted; ) {
            const waits = wait && this.room.enter();
            let pause: number;
            try {
                const answer = await this.topic.request({ signal, unasked: true, ...(waits && { wait: this.options.wait }) });
                this.backoff.reset();
                const isHeld = waits && answer.waited;
                pause = isHeld || !wait ? 0 : this.options.interval * (0.75 + this.environment.random() / 2);
                wait = true;
            } catch (error) {
                // After a 401 the page may have other credentials.
                if (error instanceof ViewError && isFinalStatus(error.status) && error.status !== 401) {
                    this.isRefused = true;
                    return;
                }
                // A request of somebody else's ended the one that waited; then there is an answer already.
                pause = waits && isAbort(error) ? 0 : this.backoff.next();
            } finally {
                if (waits) this.room.leave();
            }
            if (pause > 0 && !signal.aborted) await this.sleep(pause, signal);
        }
    }

    private sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
        return new Promise((resolve) => {
            const end = (): void => {
                signal.removeEventListener("abort", end);
                resolve();
            };
            this.timer = this.environment.after(milliseconds, end);
            signal.addEventListener("abort", end);
        });
    }
}

function isAbort(error: unknown): boolean {
    return error instanceof Error && error.name === "AbortError";
}
