// Reads triples of lines (an older document, a newer one, a patch) and applies each patch with two implementations of
// RFC 6902. Prints how many it judged; exits 1 with the first triple that one of them finds wrong.
import { deepStrictEqual } from "node:assert";
import { createInterface } from "node:readline";
import fastJsonPatch from "fast-json-patch";
import { applyPatch } from "rfc6902";

const byFastJsonPatch = (document, patch) => fastJsonPatch.applyPatch(document, patch, true).newDocument;

function byRfc6902(document, patch) {
    // It takes no replacement of the root: the document is put into another one.
    const inside = { root: document };
    const into = (pointer) => `/root${pointer}`;
    const moved = patch.map((operation) => ({
        ...operation,
        path: into(operation.path),
        ...(operation.from === undefined ? {} : { from: into(operation.from) }),
    }));
    for (const failure of applyPatch(inside, moved)) if (failure !== null) throw failure;
    return inside.root;
}

let lines = [];
let judged = 0;
for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
    lines.push(line);
    if (lines.length < 3) continue;
    const [older, newer, patch] = lines;
    lines = [];
    for (const apply of [byFastJsonPatch, byRfc6902]) {
        try {
            deepStrictEqual(apply(JSON.parse(older), JSON.parse(patch)), JSON.parse(newer));
        } catch (failure) {
            console.log(`${apply.name}\n${older}\n${newer}\n${patch}\n${failure}`);
            process.exit(1);
        }
    }
    judged += 1;
}
console.log(judged);
