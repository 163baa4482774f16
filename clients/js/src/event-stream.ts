// One response of text/event-stream, from the request to its end. A stream that is silent for longer than its heartbeat is dead,
// whatever TCP says of it.

import type { Environment, Timer } from "./environment.js";
import { as_stored, problemOf, retryAfter } from "./read-view.js";
import type { Problem } from "./messages.js";
import { SseParser, type SseEvent } from "./sse-parser.js";

export interface StreamRequest {
    url: string;
    headers: Headers;
    credentials: RequestCredentials;
    lastEventId: string;
    /** Milliseconds without a byte after which the stream is given up. */
    silence: number;
    signal: AbortSignal;
}

export interface StreamHandlers {
    /** The first byte came: nothing on the way holds the stream back. */
    open(): void;
    /** Bytes came. */
    alive(): void;
    event(event: SseEvent): void;
    retry(milliseconds: number): void;
}

export type StreamEnd =
    | { kind: "ended" } // by the server, after it was open
    | { kind: "lost" } // no connection, or a dead one
    | { kind: "silent" } // accepted, and then not a byte
    | { kind: "no-stream" } // something else than a stream came back
    | { kind: "refused"; status: number; problem: Problem; retryAfter: number | undefined };

export async function readStream(
    environment: Environment,
    request: StreamRequest,
    handlers: StreamHandlers,
): Promise<StreamEnd> {
    const ending = new AbortController();
    const end = (): void => ending.abort();
    if (request.signal.aborted) end();
    request.signal.addEventListener("abort", end);
    const watchdog = new Watchdog(environment, request.silence, end);
    let isOpen = false;
    try {
        const headers = new Headers(request.headers);
        headers.set("accept", "text/event-stream");
        if (!headers.has("cache-control")) headers.set("cache-control", as_stored);
        const init: RequestInit = { headers, credentials: request.credentials, cache: "no-store", signal: ending.signal };
        const response = await environment.fetch(request.url, init);
        const refused = await refusalOf(response);
        if (refused) return refused;
        if (!response.body) return { kind: "no-stream" };
        const parser = new SseParser(handlers, request.lastEventId);
        const reader = response.body.getReader();
        for (;;) {
            const { done, value } = await reader.read();
            if (ending.signal.aborted) break;
            if (done) return isOpen ? { kind: "ended" } : { kind: "silent" };
            watchdog.heard();
            handlers.alive();
            if (!isOpen) handlers.open();
            isOpen = true;
            parser.push(value);
        }
        return isOpen ? { kind: "lost" } : { kind: "silent" };
    } catch {
        return { kind: watchdog.hasBarked && !isOpen ? "silent" : "lost" };
    } finally {
        watchdog.stop();
        request.signal.removeEventListener("abort", end);
        end(); // lets the connection go where the body wasn't read to its end
    }
}

async function refusalOf(response: Response): Promise<StreamEnd | undefined> {
    const type = response.headers.get("content-type") ?? "";
    if (response.ok && /^text\/event-stream\b/i.test(type)) return undefined;
    const problem = await problemOf(response);
    if (response.ok) return { kind: "no-stream" };
    return { kind: "refused", status: response.status, problem, retryAfter: retryAfter(response) };
}

class Watchdog {
    private timer: Timer;
    private last: number;
    hasBarked = false;

    constructor(
        private readonly environment: Environment,
        private readonly silence: number,
        private readonly bark: () => void,
    ) {
        this.last = environment.now();
        this.timer = environment.after(silence, () => this.look());
    }

    heard(): void {
        this.last = this.environment.now(); // cheaper than a new timer for each chunk
    }

    stop(): void {
        this.environment.cancel(this.timer);
    }

    private look(): void {
        const left = this.last + this.silence - this.environment.now();
        if (left > 0) {
            this.timer = this.environment.after(left, () => this.look());
            return;
        }
        this.hasBarked = true;
        this.bark();
    }
}
