// Where messages about views come from: one stream, several, or another tab's.

import type { Message } from "./messages.js";

/**
 * - `connecting`: a request for a stream is out.
 * - `live`: a stream is open, and every change comes by it; or nothing is left that a change could come of.
 * - `waiting`: there is none; the next try follows by itself.
 * - `unavailable`: streams don't get through here. A try follows after minutes.
 */
export type SourceState = "connecting" | "live" | "waiting" | "unavailable";

export interface SourceEvents {
    /** The id is what a stream resumes from, after this message. */
    message(message: Message, id: string): void;
    state(state: SourceState): void;
}

export interface Source {
    /** All views that are wanted from now on. */
    want(views: readonly string[]): void;
    /** A request has brought this view. If a stream had said the last word about it, it is followed again. */
    revive(view: string): void;
    /** The page was away for a while. With `isSure`, what looks open is dead. */
    wake(isSure: boolean): void;
    /** The page may be stopped at any moment, and asks for nothing until it wakes. */
    sleep(): void;
    close(): void;
}
