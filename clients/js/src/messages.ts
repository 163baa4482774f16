// What a stream says of views (docs/push.md, "Events"), as values.

import { isObject } from "./json.js";
import type { Operation } from "./json-patch.js";
import type { SseEvent } from "./sse-parser.js";

/** A problem document (RFC 9457). */
export interface Problem {
    type?: string;
    title?: string;
    status?: number;
    detail?: string;
    [member: string]: unknown;
}

export type Message =
    | { kind: "snapshot"; view: string; etag: string; data: unknown }
    | { kind: "patch"; view: string; base: string; etag: string; ops: Operation[] }
    | { kind: "changed"; view: string; etag: string }
    | { kind: "problem"; view: string; problem: Problem };

/** Statuses after which nothing more is said of a view until somebody asks for it anew. */
const final = new Set([400, 401, 403, 404, 406, 410]);

export function isFinalStatus(status: number): boolean {
    return final.has(status);
}

export function isFinal(problem: Problem): boolean {
    return problem.status !== undefined && isFinalStatus(problem.status);
}

/** Nothing for an event that isn't of nearside's, or is broken. */
export function messageOf(event: SseEvent): Message | undefined {
    let said: unknown;
    try {
        said = JSON.parse(event.data);
    } catch {
        return undefined;
    }
    if (!isObject(said) || typeof said["view"] !== "string") return undefined;
    const { view, etag, base } = said;
    if (event.type === "problem") {
        const { view: _, ...problem } = said;
        return { kind: "problem", view, problem };
    }
    if (typeof etag !== "string") return undefined;
    switch (event.type) {
        case "snapshot":
            return "data" in said ? { kind: "snapshot", view, etag, data: said["data"] } : undefined;
        case "changed":
            return { kind: "changed", view, etag };
        case "patch":
            if (typeof base !== "string" || !Array.isArray(said["ops"])) return undefined;
            return { kind: "patch", view, base, etag, ops: said["ops"] as Operation[] };
        default:
            return undefined;
    }
}
