// Parses text/event-stream as the HTML standard says (9.2.6), from bytes in whatever pieces they come.

export interface SseEvent {
    type: string;
    data: string;
    /** The last id that the stream told, at this event or before it. */
    id: string;
}

export interface SseHandlers {
    event(event: SseEvent): void;
    /** What the server wants clients to wait before they connect again, in milliseconds. */
    retry?(milliseconds: number): void;
}

export class SseParser {
    private readonly decoder = new TextDecoder("utf-8"); // takes a byte order mark away
    private line = "";
    private afterReturn = false;
    private type = "";
    private data: string[] = [];

    constructor(
        private readonly handlers: SseHandlers,
        /** That of the stream that goes on here. */
        private id = "",
    ) {}

    push(bytes: Uint8Array): void {
        const text = this.decoder.decode(bytes, { stream: true });
        let begin = 0;
        if (this.afterReturn && text.length > 0) {
            this.afterReturn = false;
            if (text[0] === "\n") begin = 1;
        }
        for (let at = begin; at < text.length; ) {
            at = lineEnd(text, begin);
            if (at < 0) break;
            this.take(this.line + text.slice(begin, at));
            this.line = "";
            if (text[at] === "\r") {
                if (at + 1 === text.length) this.afterReturn = true;
                else if (text[at + 1] === "\n") at++;
            }
            begin = ++at;
        }
        this.line += text.slice(begin);
    }

    private take(line: string): void {
        if (line === "") return this.dispatch();
        const colon = line.indexOf(":");
        if (colon === 0) return; // a comment
        const name = colon < 0 ? line : line.slice(0, colon);
        let value = colon < 0 ? "" : line.slice(colon + 1);
        if (value.startsWith(" ")) value = value.slice(1);
        switch (name) {
            case "event":
                this.type = value;
                break;
            case "data":
                this.data.push(value);
                break;
            case "id":
                if (!value.includes("\0")) this.id = value;
                break;
            case "retry":
                if (/^[0-9]+$/.test(value)) this.handlers.retry?.(Number(value));
                break;
        }
    }

    private dispatch(): void {
        const { type, data } = this;
        this.type = "";
        this.data = [];
        if (data.length > 0) this.handlers.event({ type: type || "message", data: data.join("\n"), id: this.id });
    }
}

function lineEnd(text: string, from: number): number {
    const feed = text.indexOf("\n", from);
    const upTo = feed < 0 ? text : text.slice(0, feed);
    const carriage = upTo.indexOf("\r", from);
    return carriage < 0 ? feed : carriage;
}
