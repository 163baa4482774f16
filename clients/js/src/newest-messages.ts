// The last that was told of each view, without its data: for tabs that come later.

import { isFinal, type Message } from "./messages.js";

const most_unwanted = 500;

export class NewestMessages {
    private readonly byView = new Map<string, Message>();

    heard(message: Message): void {
        const { kind, view } = message;
        if (kind !== "problem") this.byView.set(view, { kind: "changed", view, etag: message.etag });
        else if (isFinal(message.problem)) this.byView.set(view, message);
    }

    all(): Message[] {
        return [...this.byView.values()];
    }

    /**
     * Nobody wants others than these. They are kept all the same, for somebody may want them again before another id comes, and
     * from that id on nothing may be told of them; unless there are very many.
     */
    wanted(views: readonly string[]): void {
        if (this.byView.size <= most_unwanted + views.length) return;
        for (const view of this.byView.keys()) if (!views.includes(view)) this.byView.delete(view);
    }
}
