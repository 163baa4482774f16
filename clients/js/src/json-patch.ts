// Applies an RFC 6902 patch without touching the value it starts from: what the patch doesn't reach keeps its identity, so a
// component that shows an unchanged part isn't rendered again. A container is copied once a patch, however many operations
// reach it.

import { has, isEqual, isObject, put } from "./json.js";

export type Operation =
    | { op: "add" | "replace" | "test"; path: string; value: unknown }
    | { op: "remove"; path: string }
    | { op: "move" | "copy"; from: string; path: string };

/** The patch doesn't fit the value: it was made for another one. */
export class PatchError extends Error {
    override readonly name = "PatchError";
}

type Container = unknown[] | Record<string, unknown>;

export function applyPatch(value: unknown, operations: readonly Operation[]): unknown {
    const patching = new Patching(value);
    for (const operation of operations) patching.apply(operation);
    return patching.root;
}

class Patching {
    // Containers that this patch made, which it may therefore write to. All that lead to one of them are such, too.
    private readonly own = new Set<Container>();

    constructor(public root: unknown) {}

    apply(operation: Operation): void {
        const path = parsePointer(operation.path);
        switch (operation.op) {
            case "add":
                return this.add(path, operation.value);
            case "remove":
                this.remove(path);
                return;
            case "replace":
                return this.replace(path, operation.value);
            case "test":
                if (!isEqual(this.get(path), operation.value)) throw new PatchError(`test failed at ${operation.path}`);
                return;
            case "copy": {
                const copied = this.get(parsePointer(operation.from));
                this.disown(copied);
                return this.add(path, copied);
            }
            case "move": {
                const from = parsePointer(operation.from);
                if (path.length > from.length && from.every((token, index) => token === path[index]))
                    throw new PatchError("a value can't be moved into itself");
                if (operation.from === operation.path) {
                    this.get(from);
                    return;
                }
                return this.add(path, this.remove(from));
            }
            default:
                throw new PatchError(`unknown operation ${String((operation as { op: unknown }).op)}`);
        }
    }

    private get(path: readonly string[]): unknown {
        let at = this.root;
        for (const token of path) at = childOf(at, token);
        return at;
    }

    private add(path: readonly string[], value: unknown): void {
        const last = path.at(-1);
        if (last === undefined) {
            this.root = value;
            return;
        }
        const parent = this.writable(path.slice(0, -1));
        if (!Array.isArray(parent)) return put(parent, last, value);
        parent.splice(last === "-" ? parent.length : indexOf(last, parent.length), 0, value);
    }

    private remove(path: readonly string[]): unknown {
        const last = path.at(-1);
        const removed = this.get(path);
        if (last === undefined) {
            this.root = null; // no document is left; what follows can only add one
            return removed;
        }
        const parent = this.writable(path.slice(0, -1));
        if (Array.isArray(parent)) parent.splice(Number(last), 1);
        else delete parent[last];
        return removed;
    }

    private replace(path: readonly string[], value: unknown): void {
        const last = path.at(-1);
        this.get(path);
        if (last === undefined) {
            this.root = value;
            return;
        }
        const parent = this.writable(path.slice(0, -1));
        if (Array.isArray(parent)) parent[Number(last)] = value;
        else put(parent, last, value);
    }

    // The container at a path, copied where it, or one above it, isn't the patch's own yet.
    private writable(path: readonly string[]): Container {
        let at = this.owned(this.root);
        this.root = at;
        for (const token of path) {
            const child = this.owned(childOf(at, token));
            if (Array.isArray(at)) at[Number(token)] = child;
            else put(at, token, child);
            at = child;
        }
        return at;
    }

    private owned(value: unknown): Container {
        if (typeof value !== "object" || value === null) throw new PatchError("the path leads through a plain value");
        if (this.own.has(value as Container)) return value as Container;
        const copied: Container = Array.isArray(value) ? value.slice() : { ...value };
        this.own.add(copied);
        return copied;
    }

    // What stands at two places is written to at neither.
    private disown(value: unknown): void {
        if (typeof value !== "object" || value === null || !this.own.delete(value as Container)) return;
        for (const child of Object.values(value)) this.disown(child);
    }
}

function childOf(value: unknown, token: string): unknown {
    if (Array.isArray(value)) return value[indexOf(token, value.length - 1)];
    if (!isObject(value) || !has(value, token)) throw new PatchError(`nothing is at ${token}`);
    return value[token];
}

function indexOf(token: string, last: number): number {
    if (!/^(?:0|[1-9][0-9]{0,9})$/.test(token)) throw new PatchError(`${token} is no index`);
    const index = Number(token);
    if (index > last) throw new PatchError(`${token} is past the end`);
    return index;
}

/** RFC 6901. */
export function parsePointer(pointer: string): string[] {
    if (pointer === "") return [];
    if (!pointer.startsWith("/")) throw new PatchError(`${pointer} is no JSON pointer`);
    return pointer
        .slice(1)
        .split("/")
        .map((token) => token.replaceAll("~1", "/").replaceAll("~0", "~"));
}
