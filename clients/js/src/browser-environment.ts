// The environment of a browser; in Node.js, what there is of it.

import type { Environment, LifeEvent } from "./environment.js";

export function browserEnvironment(): Environment {
    const page = typeof document === "undefined" ? undefined : document;
    const frame = typeof window === "undefined" ? undefined : window;
    const environment: Environment = {
        // Looked up at each call: tools that record or fake requests replace it later.
        fetch: (url, init) => globalThis.fetch(url, init),
        now: () => Date.now(),
        after: (milliseconds, run) => setTimeout(run, milliseconds),
        cancel: (timer) => clearTimeout(timer as number),
        random: () => Math.random(),
        isOnline: () => typeof navigator === "undefined" || navigator.onLine !== false,
        isVisible: () => page?.visibilityState !== "hidden",
        onLife(heard) {
            if (!page || !frame) return () => {};
            const ends: (() => void)[] = [];
            const listen = (target: EventTarget, name: string, tell: (event: Event) => LifeEvent | undefined): void => {
                const listener = (event: Event): void => {
                    const told = tell(event);
                    if (told) heard(told);
                };
                target.addEventListener(name, listener);
                ends.push(() => target.removeEventListener(name, listener));
            };
            listen(frame, "online", () => "online");
            listen(frame, "offline", () => "offline");
            listen(page, "visibilitychange", () => (page.visibilityState === "hidden" ? "hidden" : "visible"));
            listen(page, "freeze", () => "frozen");
            listen(page, "resume", () => "resumed");
            // A page that goes into the back-forward cache is frozen there, and resumed when it comes back.
            listen(frame, "pagehide", () => "frozen");
            listen(frame, "pageshow", (event) => ((event as PageTransitionEvent).persisted ? "resumed" : undefined));
            return () => ends.forEach((end) => end());
        },
    };
    // Locks are there in secure contexts only.
    const locks = frame && typeof navigator !== "undefined" ? navigator.locks : undefined;
    if (locks && typeof BroadcastChannel !== "undefined") {
        environment.tabs = {
            locks,
            channel(name, heard) {
                const channel = new BroadcastChannel(name);
                channel.onmessage = (event) => heard(event.data);
                return { send: (message) => channel.postMessage(message), close: () => channel.close() };
            },
            async digest(text) {
                // Where locks are, digests are: both belong to secure contexts.
                const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
                return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
            },
        };
    }
    return environment;
}
