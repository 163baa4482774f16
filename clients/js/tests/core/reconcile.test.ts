// A new version shares with the one before what is equal.

import assert from "node:assert/strict";
import { test } from "node:test";
import { reconcile } from "../../src/reconcile.js";
import { seeded } from "../support/browser.js";
import { frozen, randomJson, varied } from "../support/random-json.js";

test("an equal value is the very same", () => {
    const before = frozen({ a: [1, { b: null }], c: "x" });
    assert.equal(reconcile(before, structuredClone(before)), before);
});

test("equal parts are the very same", () => {
    const before = frozen({ a: [1], b: { c: { d: 1 }, e: 2 } });
    const after = reconcile(before, { a: [1], b: { c: { d: 1 }, e: 3 } });
    assert.deepEqual(after, { a: [1], b: { c: { d: 1 }, e: 3 } });
    assert.equal(after.a, before.a);
    assert.equal(after.b.c, before.b.c);
});

test("items are known by their ids, wherever they have gone", () => {
    const before = frozen([{ id: 1, x: [1] }, { id: 2, x: [2] }, { id: 3, x: [3] }]);
    const after = reconcile(before, [{ id: 9, x: [9] }, { id: 3, x: [3] }, { id: 1, x: [0] }, { id: 2, x: [2] }]);
    assert.equal(after[1], before[2]);
    assert.equal(after[3], before[1]);
    assert.deepEqual(after[2], { id: 1, x: [0] });
});

test("a reordered list is another list", () => {
    const before = frozen([{ id: 1 }, { id: 2 }]);
    const after = reconcile(before, [{ id: 2 }, { id: 1 }]);
    assert.notEqual(after, before);
    assert.deepEqual(after, [{ id: 2 }, { id: 1 }]);
});

test("random versions keep their values", () => {
    const random = seeded(3);
    for (let round = 0; round < 5000; round++) {
        const before = frozen(randomJson(random, 4));
        const after = varied(random, before);
        assert.deepEqual(reconcile(before, frozen(after)), after);
    }
});
