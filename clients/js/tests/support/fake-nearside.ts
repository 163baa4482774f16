// nearside in a page's memory, as docs/push.md says it is: versions, streams that resume, conditional and waiting requests. It can be
// killed, restarted, slowed down, and cut off.

import { compare } from "fast-json-patch";

export interface Clock {
    now(): number;
    after(milliseconds: number, run: () => void): unknown;
    random(): number;
}

interface Change {
    sequence: number;
    event: string;
}

interface View {
    data: unknown;
    etag: string;
    epoch: string;
    sequence: number;
    history: Change[];
    /** Every version that there ever was. */
    past: { etag: string; data: unknown }[];
}

interface Stream {
    views: string[];
    named: Map<string, string>; // path -> as the client wrote it
    told: Map<string, number>;
    over: Set<string>; // of which nothing more is told
    send(text: string): void;
    end(): void;
    fail(): void;
}

export interface Seen {
    url: string;
    headers: Headers;
    at: number;
}

const history_length = 8;
const final = [400, 401, 403, 404, 406, 410];

export class FakeNearside {
    readonly seen: Seen[] = [];
    readonly streams = new Set<Stream>();
    isDown = false;
    /** Streams are `refused` with 404, or `buffered` by something on the way, or carried. */
    streaming: "carried" | "refused" | "html" | "buffered" = "carried";
    holdsRequests = true; // knows `Prefer: wait`
    authorized: (headers: Headers) => boolean = () => true;
    /** What a change is told as. */
    telling: () => "patch" | "changed" | "snapshot" = () => "patch";
    latency: () => number = () => 0;
    heartbeat = 15_000;
    /** Views that are answered with that status, and in a stream with a problem of it. */
    readonly refusing = new Map<string, number>();
    /** Streams are refused with 503, and this many seconds to wait. */
    busy: number | undefined;
    /** In streams alone. */
    readonly refusingStreams = new Map<string, number>();
    /** Each piece of a stream comes in so many parts. */
    split: (bytes: Uint8Array) => Uint8Array[] = (bytes) => [bytes];
    private readonly views = new Map<string, View>();
    private readonly waiters = new Set<() => void>();
    private boots = 0;
    private made = 0;

    constructor(private readonly clock: Clock) {}

    set(path: string, data: unknown): string {
        const etag = `"v${++this.made}"`;
        const known = this.views.get(path);
        if (!known) {
            const epoch = this.newEpoch();
            this.views.set(path, { data, etag, epoch, sequence: 1, history: [], past: [{ etag, data }] });
            return etag;
        }
        const kind = this.telling();
        const { etag: base, data: before } = known;
        const event = (name: string): string => {
            if (kind === "patch") {
                const ops = patchOf(before, data);
                return eventOf("patch", { view: name, base, etag, ops });
            }
            return kind === "changed"
                ? eventOf("changed", { view: name, etag })
                : eventOf("snapshot", { view: name, etag, data });
        };
        const text = event(path);
        known.history.push({ sequence: ++known.sequence, event: text });
        known.history = known.history.slice(-history_length);
        known.data = data;
        known.etag = etag;
        known.past.push({ etag, data });
        if (!this.refusing.has(path)) for (const stream of this.following(path)) this.tell(stream, path, text);
        for (const go of [...this.waiters]) go();
        return etag;
    }

    get(path: string): View {
        const view = this.views.get(path);
        if (!view) throw new Error(`no ${path}`);
        return view;
    }

    restart(): void {
        this.cut();
        for (const view of this.views.values()) {
            view.epoch = this.newEpoch();
            view.sequence = 1;
            view.history = [];
        }
    }

    /** All connections are gone. */
    cut(): void {
        for (const stream of [...this.streams]) stream.fail();
    }

    /** Streams end as at a drain. */
    drain(retry: number): void {
        for (const stream of [...this.streams]) {
            stream.send(`retry: ${retry}\n\n`);
            stream.end();
        }
    }

    problem(path: string, status: number): void {
        for (const stream of this.following(path)) this.fail(stream, path, status);
    }

    /** What couldn't be made for a while can be, and who was told so is told of it, were it still the same version. */
    recover(path: string): void {
        this.refusing.delete(path);
        const { etag, data } = this.get(path);
        for (const stream of this.following(path)) this.tell(stream, path, eventOf("snapshot", { view: path, etag, data }));
    }

    private following(path: string): Stream[] {
        return [...this.streams].filter((stream) => stream.views.includes(path) && !stream.over.has(path));
    }

    // With nothing left to tell, a stream ends.
    private fail(stream: Stream, path: string, status: number): void {
        stream.send(eventOf("problem", { view: path, status, title: "no" }));
        if (final.includes(status)) stream.over.add(path);
        if (stream.views.some((each) => !stream.over.has(each))) return;
        stream.send("retry: 1000\n\n");
        stream.end();
    }

    get listening(): string[] {
        return [...this.streams].flatMap((stream) => stream.views.filter((view) => !stream.over.has(view))).sort();
    }

    requests(part: string): Seen[] {
        return this.seen.filter((request) => request.url.includes(part));
    }

    readonly fetch = async (url: string, init: RequestInit): Promise<Response> => {
        const headers = new Headers(init.headers);
        const { pathname, search, searchParams } = new URL(url);
        const signal = init.signal ?? new AbortController().signal;
        this.seen.push({ url: pathname + search, headers, at: this.clock.now() });
        await this.pass(this.latency(), signal);
        if (this.isDown) throw new TypeError("fetch failed");
        if (!this.authorized(headers)) return problem(401);
        const answer =
            pathname === "/stream"
                ? this.stream(searchParams.getAll("view"), headers, signal)
                : await this.view(pathname + search, headers, signal);
        await this.pass(this.latency(), signal);
        if (this.isDown) throw new TypeError("fetch failed");
        return answer;
    };

    private async view(path: string, headers: Headers, signal: AbortSignal): Promise<Response> {
        const view = this.views.get(path);
        const asksForStream = headers.get("accept") === "text/event-stream" && this.streaming === "carried";
        const refused = this.refusing.get(path) ?? (asksForStream ? this.refusingStreams.get(path) : undefined);
        if (refused || !view) return problem(refused ?? 404);
        if (asksForStream) return this.stream([path], headers, signal);
        const known = headers.get("if-none-match")?.split(", ") ?? [];
        const wait = /wait=(\d+)/.exec(headers.get("prefer") ?? "");
        const waits = wait !== null && this.holdsRequests;
        if (waits && known.includes(view.etag)) await this.change(Number(wait[1]) * 1000, signal);
        const fields: HeadersInit = { etag: view.etag, ...(waits && { "preference-applied": wait[0] }) };
        if (known.includes(view.etag)) return new Response(null, { status: 304, headers: fields });
        return Response.json(view.data, { headers: fields });
    }

    private stream(names: string[], headers: Headers, signal: AbortSignal): Response {
        if (this.streaming === "refused") return problem(404);
        if (this.busy !== undefined) return problem(503, { "retry-after": String(this.busy) });
        if (this.streaming === "html") return new Response("<p>Hello", { headers: { "content-type": "text/html" } });
        const encoder = new TextEncoder();
        let controller!: ReadableStreamDefaultController<Uint8Array>;
        const body = new ReadableStream<Uint8Array>({ start: (given) => void (controller = given) });
        const close = (how: () => void): void => {
            if (!this.streams.delete(stream)) return;
            how();
        };
        const stream: Stream = {
            views: names,
            named: new Map(names.map((name) => [name, name])),
            told: new Map(),
            over: new Set(),
            send: (text) => {
                if (this.streaming === "buffered" || !this.streams.has(stream)) return;
                for (const piece of this.split(encoder.encode(text))) controller.enqueue(piece);
            },
            end: () => close(() => controller.close()),
            fail: () => close(() => controller.error(new TypeError("terminated"))),
        };
        this.streams.add(stream);
        signal.addEventListener("abort", () => close(() => controller.error(new DOMException("", "AbortError"))));
        stream.send("retry: 1000\n\n:\n\n");
        const positions = positionsOf(headers.get("last-event-id") ?? "");
        for (const name of names) if (this.streams.has(stream)) this.begin(stream, name, positions);
        this.beat(stream);
        return new Response(body, { headers: { "content-type": "text/event-stream" } });
    }

    private begin(stream: Stream, path: string, positions: Map<string, number>): void {
        const view = this.views.get(path);
        const refused = this.refusing.get(path) ?? this.refusingStreams.get(path);
        if (refused || !view) return this.fail(stream, path, refused ?? 404);
        const position = positions.get(view.epoch);
        const missed = view.history.filter((change) => position !== undefined && change.sequence > position);
        if (position !== undefined && view.sequence - position === missed.length) {
            stream.told.set(path, position);
            for (const change of missed) {
                stream.told.set(path, change.sequence);
                stream.send(change.event + this.idOf(stream) + "\n\n");
            }
        } else {
            this.tell(stream, path, eventOf("snapshot", { view: path, etag: view.etag, data: view.data }));
        }
    }

    private tell(stream: Stream, path: string, event: string): void {
        stream.told.set(path, this.get(path).sequence);
        stream.send(`${event}${this.idOf(stream)}\n\n`);
    }

    private idOf(stream: Stream): string {
        const pairs = [...stream.told].map(([path, sequence]) => `${this.get(path).epoch}-${sequence}`);
        return `id: ${pairs.join(".")}`;
    }

    private beat(stream: Stream): void {
        this.clock.after(this.heartbeat, () => {
            if (!this.streams.has(stream)) return;
            stream.send(":\n\n");
            this.beat(stream);
        });
    }

    private change(milliseconds: number, signal: AbortSignal): Promise<void> {
        return new Promise((resolve, reject) => {
            const go = (): void => {
                this.waiters.delete(go);
                resolve();
            };
            this.waiters.add(go);
            this.clock.after(milliseconds, go);
            signal.addEventListener("abort", () => reject(new DOMException("", "AbortError")));
        });
    }

    private pass(milliseconds: number, signal: AbortSignal): Promise<void> {
        return new Promise((resolve, reject) => {
            const abort = (): void => reject(new DOMException("", "AbortError"));
            if (signal.aborted) return abort();
            signal.addEventListener("abort", abort);
            if (milliseconds === 0) resolve();
            else this.clock.after(milliseconds, resolve);
        });
    }

    private newEpoch(): string {
        return `e${++this.boots}`;
    }
}

function positionsOf(id: string): Map<string, number> {
    const pairs = id.split(".").map((pair) => pair.split("-") as [string, string]);
    return new Map(pairs.map(([epoch, sequence]) => [epoch, Number(sequence)]));
}

function patchOf(before: unknown, after: unknown): unknown[] {
    const ops = compare({ root: before }, { root: after });
    return ops.map((op) => ({ ...op, path: op.path.slice("/root".length) }));
}

// Without its id and end; an event that has no id has its end.
function eventOf(name: string, data: unknown): string {
    return `event: ${name}\ndata: ${JSON.stringify(data)}\n${name === "problem" ? "\n" : ""}`;
}

function problem(status: number, fields: Record<string, string> = {}): Response {
    return Response.json(
        { status, title: `status ${status}` },
        { status, headers: { "content-type": "application/problem+json", ...fields } },
    );
}
