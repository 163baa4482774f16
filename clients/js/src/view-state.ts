// What one view is known to be, and the one order of its versions. Pure: messages of the stream and answers to requests go in,
// versions come out, each of them real, none twice in a row, none older than the one before.
//
// The stream is the order. An answer to a request overtakes it or lags behind it (another node), and doesn't say which. So while a
// stream is attached, an answer is taken when the stream has told, or tells, of that version; until then it is parked.

import { applyPatch, PatchError } from "./json-patch.js";
import { versionOf } from "./etag.js";
import type { Message } from "./messages.js";
import { reconcile } from "./reconcile.js";

export interface Version<T = unknown> {
    data: T;
    /** Absent where whoever made the data knew none. */
    etag?: string | undefined;
}

type Told = Exclude<Message, { kind: "problem" }>;

const most_remembered = 256; // events; a request that takes longer than that is asked again

export class ViewState {
    private current: Version | undefined;
    private parked: Version | undefined;
    private told: string | undefined; // the newest version that the stream has told of
    private recent: Told[] = []; // what the stream told since it told of the version held
    private attached = false;
    /** How many messages of the stream were heard. */
    messages = 0;
    private placed = false; // the stream has told of what is held: it has its place in the order

    constructor(private readonly deliver: (version: Version) => void) {}

    get held(): Version | undefined {
        return this.current;
    }

    get isAttached(): boolean {
        return this.attached;
    }

    /** The stream has told of a version that isn't here: a request has to bring it. */
    get isBehind(): boolean {
        return this.told !== undefined && this.current?.etag !== this.told;
    }

    /** An answer came that the stream hasn't told of. */
    get isParked(): boolean {
        return this.parked !== undefined;
    }

    /** Tags for `If-None-Match`: of all that needn't be sent again. */
    get known(): string[] {
        return [this.current?.etag, this.parked?.etag].filter((etag) => etag !== undefined);
    }

    /** Server-rendered data, or a cache's: good as long as nothing else is here. */
    seed(version: Version): void {
        this.current ??= { data: version.data, etag: version.etag && versionOf(version.etag) };
    }

    attach(): void {
        this.attached = true;
    }

    /** No stream: answers to requests are the only order now. What the stream told of last is still to be fetched. */
    detach(): void {
        this.attached = false;
        this.parked = undefined;
        this.recent = [];
    }

    heard(message: Told): void {
        this.messages++;
        const etag = versionOf(message.etag);
        this.told = etag;
        if (this.current && etag === this.current.etag) {
            this.placed = true;
            return this.settle();
        }
        // Beside an answer that has no place in the order yet, it may be a change that is told again since an older id: a request
        // will say.
        if (message.kind === "snapshot" && (this.placed || !this.current))
            return this.takeInOrder({ etag, data: message.data });
        if (this.parked?.etag === etag) return this.takeInOrder(this.parked);
        if (message.kind === "patch" && this.patched(message)) return;
        if (this.recent.length === most_remembered) this.recent.shift();
        this.recent.push(message);
    }

    /** An answer to a request that was sent when so many `messages` had been heard. */
    fetched(version: Version, since = this.messages): void {
        const etag = version.etag && versionOf(version.etag);
        const answer = { data: version.data, etag };
        if (etag !== undefined && etag === this.current?.etag) return this.unchanged(etag);
        // It may be older than what the stream, which is gone again, has told of meanwhile: another request will say.
        if (!this.attached && this.current && this.messages > since) {
            this.parked = answer;
            return;
        }
        if (!this.attached || !this.current || etag === undefined) {
            if (!this.attached) this.told = undefined;
            this.placed = false;
            return this.take(answer);
        }
        if (etag === this.told) return this.takeInOrder(answer);
        const index = this.recent.findLastIndex((message) => versionOf(message.etag) === etag);
        if (index < 0) {
            this.parked = answer;
            return;
        }
        const after = this.recent.slice(index + 1);
        this.takeInOrder(answer);
        for (const message of after) if (message.kind !== "patch" || !this.patched(message)) this.recent.push(message);
    }

    /** A 304 to a request that named `known`. */
    unchanged(etag: string | undefined): void {
        if (!this.attached) this.told = undefined;
        // The parked version came from a node that lagged behind.
        if (etag === undefined || versionOf(etag) === this.current?.etag) this.parked = undefined;
    }

    /** The server keeps answering with the parked version and the stream stays silent: so it is the newest. */
    takeParked(): void {
        if (!this.parked) return;
        this.told = this.parked.etag;
        this.placed = false;
        this.take(this.parked);
    }

    private takeInOrder(version: Version): void {
        this.placed = true;
        this.take(version);
    }

    private patched(message: Told & { kind: "patch" }): boolean {
        if (!this.current || versionOf(message.base) !== this.current.etag) return false;
        try {
            const data = applyPatch(this.current.data, message.ops);
            this.takeInOrder({ etag: versionOf(message.etag), data });
        } catch (error) {
            if (error instanceof PatchError) return false;
            throw error;
        }
        return true;
    }

    private take(version: Version): void {
        const before = this.current;
        const data = before ? reconcile(before.data, version.data) : version.data;
        this.current = { data, etag: version.etag };
        this.settle();
        if (!before || before.data !== data) this.deliver(this.current);
    }

    private settle(): void {
        this.parked = undefined;
        this.recent = [];
    }
}
