// A page for React: jsdom's, and what components under test have shown.

import { after } from "node:test";
import { JSDOM } from "jsdom";

const dom = new JSDOM('<!doctype html><div id="app"></div>', { url: "http://near.test/", pretendToBeVisual: true });

after(() => dom.window.close()); // its frames would keep the process going

// React looks for these when it is loaded.
for (const name of ["window", "document", "HTMLElement", "Node", "Event", "location", "navigator"] as const)
    Object.defineProperty(globalThis, name, { value: dom.window[name], configurable: true, writable: true });
Object.defineProperty(globalThis, "IS_REACT_ACT_ENVIRONMENT", { value: true, writable: true });

// What React waits for the next turn with. Node's own would keep the process going.
class Turns {
    readonly port1: { onmessage?: () => void } = {};
    readonly port2 = { postMessage: () => void setImmediate(() => this.port1.onmessage?.()) };
}
Object.defineProperty(globalThis, "MessageChannel", { value: Turns, configurable: true });

export function container(html = ""): HTMLElement {
    const element = document.createElement("div");
    element.innerHTML = html;
    document.body.append(element);
    return element;
}
