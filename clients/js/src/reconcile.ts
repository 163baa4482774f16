// Makes a new version share what is equal with the version before: equal subtrees are the very same objects, so a screen that
// gets a whole view renders no more than one that gets a patch.

import { has, isObject, put } from "./json.js";

/** A value equal to `next`; `before` itself when nothing differs. List items are matched by `id` where they have one. */
export function reconcile<T>(before: unknown, next: T): T {
    return share(before, next) as T;
}

function share(before: unknown, next: unknown): unknown {
    if (before === next) return before;
    if (Array.isArray(next)) return Array.isArray(before) ? shareList(before, next) : next;
    if (isObject(next)) return isObject(before) ? shareObject(before, next) : next;
    return next;
}

function shareObject(before: Record<string, unknown>, next: Record<string, unknown>): unknown {
    const names = Object.keys(next);
    let same = names.length === Object.keys(before).length;
    const made: Record<string, unknown> = {};
    for (const name of names) {
        const known = has(before, name);
        const value = known ? share(before[name], next[name]) : next[name];
        same &&= known && value === before[name];
        put(made, name, value);
    }
    return same ? before : made;
}

function shareList(before: readonly unknown[], next: readonly unknown[]): unknown {
    const byId = idsOf(before);
    let same = before.length === next.length;
    const made = next.map((item, index) => {
        const id = byId && idOf(item);
        const earlier = id === undefined || id === null ? before[index] : byId?.get(id);
        const value = share(earlier, item);
        same &&= value === before[index];
        return value;
    });
    return same ? before : made;
}

// Nothing where an item has no id, or two have the same.
function idsOf(list: readonly unknown[]): Map<unknown, unknown> | undefined {
    const items = new Map<unknown, unknown>();
    for (const item of list) {
        const id = idOf(item);
        if (id === undefined || items.has(id)) return undefined;
        items.set(id, item);
    }
    return items;
}

function idOf(item: unknown): string | number | undefined {
    const id = isObject(item) && has(item, "id") ? item["id"] : undefined;
    return typeof id === "string" || typeof id === "number" ? id : undefined;
}
