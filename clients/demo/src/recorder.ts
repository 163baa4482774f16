// What the page asked for since the user last chose something, and when it had what it needs.

export interface Recorded {
    id: number;
    label: string;
    /** Milliseconds since the choice. */
    start: number;
    end: number | undefined;
    /** What nearside says of the answer: it was stored, or it had to be fetched. */
    stored: boolean | undefined;
}

export interface Record {
    requests: readonly Recorded[];
    /** Milliseconds from the choice to content on the screen. */
    content: number | undefined;
}

const most_requests = 40;

class Recorder {
    private chosenAt = performance.now();
    private record: Record = { requests: [], content: undefined };
    private next = 0;
    private readonly heard = new Set<() => void>();

    get current(): Record {
        return this.record;
    }

    listen = (hear: () => void): (() => void) => {
        this.heard.add(hear);
        return () => this.heard.delete(hear);
    };

    /** The user chose something: time runs from here. */
    choose(): void {
        this.chosenAt = performance.now();
        this.tell({ requests: [], content: undefined });
    }

    /** The content is there; painted when the frame after the next begins. */
    complete(done: (milliseconds: number) => void): void {
        const { chosenAt } = this;
        requestAnimationFrame(() => {
            if (this.record.content !== undefined || chosenAt !== this.chosenAt) return;
            const content = performance.now() - chosenAt;
            this.tell({ ...this.record, content });
            done(content);
        });
    }

    /** Only what content waited for is of interest. */
    begin(label: string): (answer?: Response) => void {
        const { chosenAt } = this;
        if (this.record.content !== undefined || this.record.requests.length >= most_requests) return () => {};
        const start = performance.now() - chosenAt;
        const request: Recorded = { id: this.next++, label, start, end: undefined, stored: undefined };
        this.tell({ ...this.record, requests: [...this.record.requests, request] });
        return (answer) => {
            if (chosenAt !== this.chosenAt) return;
            const end = performance.now() - chosenAt;
            // RFC 9211: `nearside; hit` or `nearside; fwd=uri-miss`.
            const status = answer?.headers.get("cache-status");
            const stored = status ? /;\s*hit\b/.test(status) : undefined;
            this.tell({
                ...this.record,
                requests: this.record.requests.map((one) => (one.id === request.id ? { ...one, end, stored } : one)),
            });
        };
    }

    private tell(record: Record): void {
        this.record = record;
        for (const hear of this.heard) hear();
    }
}

export const recorder = new Recorder();

/** All requests of the page from now on, but for streams, which never end. */
export function recordRequests(): void {
    const original = window.fetch;
    window.fetch = async (input, init) => {
        const url = new URL(input instanceof Request ? input.url : input, location.href);
        const accept = new Headers(init?.headers).get("accept") ?? "";
        if (accept.includes("text/event-stream")) return original(input, init);
        const end = recorder.begin(url.pathname + url.search);
        try {
            const answer = await original(input, init);
            end(answer);
            return answer;
        } catch (failure) {
            end();
            throw failure;
        }
    };
}
