// What the tabs of one browser tell each other. One of them leads: it holds the stream that all others hear of.

import { isObject } from "./json.js";
import type { Message } from "./messages.js";
import type { SourceState } from "./source.js";

export type TabMessage =
    /** A tab's views, all of them; an answer to `lead`, too. */
    | { say: "want"; from: string; views: readonly string[] }
    /** A request of this tab's brought a view that the stream had refused. */
    | { say: "revive"; from: string; view: string }
    /** "Do you live?" */
    | { say: "ping"; from: string }
    | { say: "pong"; from: string; to: string }
    /** "I lead from now on": to all, or to one who has just come. */
    | { say: "lead"; from: string; to?: string }
    | { say: "state"; from: string; to?: string; state: SourceState }
    /** What the stream told; `to` one who came late. */
    | { say: "message"; from: string; to?: string; message: Message; id: string }
    | { say: "bye"; from: string };

export function isTabMessage(said: unknown): said is TabMessage {
    return isObject(said) && typeof said["say"] === "string" && typeof said["from"] === "string";
}
