// Patches: what RFC 6902 says, the same as another implementation for random documents, and nothing touched that isn't reached.

import assert from "node:assert/strict";
import { test } from "node:test";
import judge from "fast-json-patch";
import { applyPatch, PatchError, type Operation } from "../../src/json-patch.js";
import { seeded } from "../support/browser.js";
import { frozen, randomJson, varied } from "../support/random-json.js";

const examples: [string, unknown, Operation[], unknown][] = [
    ["adds a member", { foo: "bar" }, [{ op: "add", path: "/baz", value: "qux" }], { baz: "qux", foo: "bar" }],
    ["adds an item", { foo: ["bar", "baz"] }, [{ op: "add", path: "/foo/1", value: "qux" }], { foo: ["bar", "qux", "baz"] }],
    ["adds at the end", { foo: ["bar"] }, [{ op: "add", path: "/foo/-", value: ["abc"] }], { foo: ["bar", ["abc"]] }],
    ["removes", { baz: "qux", foo: "bar" }, [{ op: "remove", path: "/baz" }], { foo: "bar" }],
    ["removes an item", { foo: ["bar", "qux", "baz"] }, [{ op: "remove", path: "/foo/1" }], { foo: ["bar", "baz"] }],
    ["replaces", { baz: "qux" }, [{ op: "replace", path: "/baz", value: null }], { baz: null }],
    ["moves", { a: { x: 1 }, b: {} }, [{ op: "move", from: "/a/x", path: "/b/y" }], { a: {}, b: { y: 1 } }],
    ["moves an item", ["all", "grass", "cows", "eat"], [{ op: "move", from: "/1", path: "/3" }], ["all", "cows", "eat", "grass"]],
    ["copies", { a: { x: 1 } }, [{ op: "copy", from: "/a", path: "/b" }], { a: { x: 1 }, b: { x: 1 } }],
    ["writes to one of two copies", { a: { x: 1 } }, [
        { op: "add", path: "/a/y", value: 2 },
        { op: "copy", from: "/a", path: "/b" },
        { op: "replace", path: "/a/x", value: 3 },
        { op: "replace", path: "/b/y", value: 4 },
    ], { a: { x: 3, y: 2 }, b: { x: 1, y: 4 } }],
    ["replaces the whole", { a: 1 }, [{ op: "replace", path: "", value: [1] }], [1]],
    ["tests", { a: { b: [1, { c: null }] } }, [{ op: "test", path: "/a", value: { b: [1, { c: null }] } }], { a: { b: [1, { c: null }] } }],
    ["unescapes names", { "~1": 10, "/": 9, "": 8 }, [
        { op: "replace", path: "/~01", value: 1 },
        { op: "replace", path: "/~1", value: 2 },
        { op: "replace", path: "/", value: 3 },
    ], { "~1": 1, "/": 2, "": 3 }],
];
for (const [name, value, operations, expected] of examples)
    test(name, () => assert.deepEqual(applyPatch(frozen(value), operations), expected));

const misfits: [string, unknown, Operation][] = [
    ["a test that fails", { a: "1" }, { op: "test", path: "/a", value: 1 }],
    ["a member that isn't there", {}, { op: "remove", path: "/a" }],
    ["a replacement of nothing", {}, { op: "replace", path: "/a", value: 1 }],
    ["an inherited name", {}, { op: "remove", path: "/toString" }],
    ["an index past the end", [1], { op: "add", path: "/2", value: 1 }],
    ["an index with a zero before it", [1, 2], { op: "remove", path: "/01" }],
    ["a name of an item", [1], { op: "replace", path: "/length", value: 0 }],
    ["a way through a number", { a: 1 }, { op: "add", path: "/a/b", value: 1 }],
    ["a move into itself", { a: {} }, { op: "move", from: "/a", path: "/a/b" }],
    ["a path without its slash", { a: 1 }, { op: "remove", path: "a" }],
    ["an operation of another kind", {}, { op: "merge", path: "" } as unknown as Operation],
];
for (const [name, value, operation] of misfits)
    test(`refuses ${name}`, () => assert.throws(() => applyPatch(frozen(value), [operation]), PatchError));

test("a name that is a trap is a name", () => {
    const patched = applyPatch(JSON.parse('{"a":{"__proto__":1}}'), [
        { op: "add", path: "/__proto__", value: { polluted: true } },
        { op: "replace", path: "/a/__proto__", value: 2 },
    ]);
    assert.equal(JSON.stringify(patched), '{"a":{"__proto__":2},"__proto__":{"polluted":true}}');
    assert.equal(({} as Record<string, unknown>)["polluted"], undefined);
});

test("what a patch doesn't reach keeps its identity", () => {
    const before = frozen({ jobs: [{ id: 1, metrics: [1, 2] }, { id: 2, metrics: [3] }], owner: { name: "민지" } });
    const after = applyPatch(before, [{ op: "replace", path: "/jobs/1/metrics/0", value: 4 }]) as typeof before;
    assert.notEqual(after.jobs, before.jobs);
    assert.equal(after.jobs[0], before.jobs[0]);
    assert.equal(after.owner, before.owner);
});

test("random documents come out as another implementation has them, and the old ones are untouched", () => {
    const random = seeded(6902);
    for (let round = 0; round < 4000; round++) {
        const before = frozen(randomJson(random, 4));
        const after = varied(random, before);
        const operations = judge.compare({ root: before }, { root: after }) as Operation[];
        assert.deepEqual(applyPatch(frozen({ root: before }), operations), { root: after });
    }
});

test("random operations do what another implementation does", () => {
    const random = seeded(1);
    let applied = 0;
    for (let round = 0; round < 6000; round++) {
        const document = { root: randomJson(random, 4) };
        const operations = Array.from({ length: 1 + Math.floor(random() * 4) }, () => randomOperation(random, document));
        let expected: unknown;
        try {
            expected = judge.applyPatch(structuredClone(document), structuredClone(operations), true).newDocument;
        } catch {
            continue; // which of the misfits are refused is told above
        }
        applied++;
        const said = JSON.stringify([document, operations]);
        try {
            assert.deepEqual(applyPatch(frozen(document), operations), expected, said);
        } catch (error) {
            // The judge moves an item past the end of its list, too, where RFC 6902 4.1 has an error.
            const moves = operations.some((operation) => operation.op === "move");
            if (!(error instanceof PatchError) || !moves || !error.message.endsWith("past the end")) throw error;
        }
    }
    assert.ok(applied > 1500, `${applied} patches fitted`);
});

function randomOperation(random: () => number, document: unknown): Operation {
    const path = randomPath(random, document);
    const kinds = ["add", "replace", "remove", "move", "copy", "test"] as const;
    const op = kinds[Math.floor(random() * kinds.length)] ?? "add";
    if (op === "remove") return { op, path };
    if (op === "move" || op === "copy") {
        const from = randomPath(random, document);
        // The judge lets a value be moved into itself; RFC 6902 4.4 doesn't.
        return { op: op === "move" && path.startsWith(`${from}/`) ? "copy" : op, path, from };
    }
    return { op, path, value: randomJson(random, 2) };
}

function randomPath(random: () => number, document: unknown): string {
    let path = "/root";
    let at = (document as { root: unknown }).root;
    while (typeof at === "object" && at !== null && random() < 0.8) {
        const names = Object.keys(at);
        const name = names[Math.floor(random() * names.length)];
        if (name === undefined) break;
        path += `/${name}`;
        at = (at as Record<string, unknown>)[name];
    }
    return path;
}
