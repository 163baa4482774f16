// All that this package asks of the world around it, as one value: a browser, Node.js, or a test with a clock of its own.

export type Timer = unknown;

/** What a page lives through, as far as streams care. */
export type LifeEvent = "online" | "offline" | "visible" | "hidden" | "frozen" | "resumed";

export interface Channel {
    send(message: unknown): void;
    close(): void;
}

export interface Environment {
    fetch(url: string, init: RequestInit): Promise<Response>;
    /** Milliseconds of a clock that also goes on while the machine sleeps. */
    now(): number;
    after(milliseconds: number, run: () => void): Timer;
    cancel(timer: Timer): void;
    /** From 0 up to, not including, 1. */
    random(): number;
    isOnline(): boolean;
    isVisible(): boolean;
    /** Returns what ends it. */
    onLife(heard: (event: LifeEvent) => void): () => void;
    /** Absent where tabs can't share. */
    tabs?: {
        locks: Pick<LockManager, "request">;
        channel(name: string, heard: (message: unknown) => void): Channel;
        /** SHA-256, in hexadecimal digits. */
        digest(text: string): Promise<string>;
    };
}
