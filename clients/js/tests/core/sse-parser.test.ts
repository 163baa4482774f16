// The parser of streams: the standard's own examples, and the same events however the bytes are cut.

import assert from "node:assert/strict";
import { test } from "node:test";
import { SseParser, type SseEvent } from "../../src/sse-parser.js";
import { seeded } from "../support/browser.js";

interface Heard {
    events: SseEvent[];
    retries: number[];
}

function parse(pieces: Uint8Array[]): Heard {
    const heard: Heard = { events: [], retries: [] };
    const parser = new SseParser({
        event: (event) => void heard.events.push(event),
        retry: (milliseconds) => void heard.retries.push(milliseconds),
    });
    for (const piece of pieces) parser.push(piece);
    return heard;
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const events = (text: string): [string, string, string][] =>
    parse([bytes(text)]).events.map(({ type, data, id }) => [type, data, id]);

const told: [string, string, [string, string, string][]][] = [
    ["lines of data are joined", "data: YHOO\ndata: +2\ndata: 10\n\n", [["message", "YHOO\n+2\n10", ""]]],
    ["comments are no data", ": test stream\n\ndata: first event\nid: 1\n\n", [["message", "first event", "1"]]],
    ["an id without a value is none", "data:1\nid: 1\n\ndata:2\nid\n\n", [["message", "1", "1"], ["message", "2", ""]]],
    ["an event without an id has the one before", "id: 7\ndata: a\n\ndata: b\n\n", [["message", "a", "7"], ["message", "b", "7"]]],
    ["a field without a colon is empty", "data\n\ndata\ndata\n\ndata:", [["message", "", ""], ["message", "\n", ""]]],
    ["one space after the colon goes", "data:test\n\ndata: test\n\ndata:  test\n\n", [["message", "test", ""], ["message", "test", ""], ["message", " test", ""]]],
    ["an id without data is the next event's", "id: 5\n\ndata: x\n\n", [["message", "x", "5"]]],
    ["an event without data is none", "event: patch\n\ndata: x\n\n", [["message", "x", ""]]],
    ["types last for one event", "event: patch\ndata: x\n\ndata: y\n\n", [["patch", "x", ""], ["message", "y", ""]]],
    ["what doesn't end isn't told", "data: x\n", []],
    ["carriage returns end lines", "data: x\rdata: y\r\r", [["message", "x\ny", ""]]],
    ["both together end one", "data: x\r\ndata: y\r\n\r\n", [["message", "x\ny", ""]]],
    ["unknown fields are nothing", "date: x\n data: y\ndata: z\n\n", [["message", "z", ""]]],
    ["an id with a NUL isn't taken", "id: 1\ndata: x\n\nid: 2\0\ndata: y\n\n", [["message", "x", "1"], ["message", "y", "1"]]],
    ["a byte order mark is no part of it", "\ufeffdata: x\n\n", [["message", "x", ""]]],
    ["a second one is", "\ufeff\ufeffdata: x\n\n", []],
    ["other line separators are text", "data: a\u2028b\n\n", [["message", "a\u2028b", ""]]],
];
for (const [name, text, expected] of told) test(name, () => assert.deepEqual(events(text), expected));

test("times to wait are digits", () => {
    assert.deepEqual(parse([bytes("retry: 1500\nretry: 2s\nretry:\nretry: -1\nretry: 20\n\n")]).retries, [1500, 20]);
});

test("any split of the bytes gives the same", () => {
    const random = seeded(20);
    const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
    const words = ["data", "event", "id", "retry", ":", " ", "x", "프로젝트", "🚀", "\n", "\r", "\r\n", "\n\n", "\r\r", "12", "\ufeff", "\0"];
    for (let round = 0; round < 3000; round++) {
        const text = Array.from({ length: Math.floor(random() * 60) }, () => pick(words)).join("");
        const whole = bytes(text);
        const pieces: Uint8Array[] = [];
        for (let at = 0; at < whole.length; ) {
            const length = Math.floor(random() * 4);
            pieces.push(whole.subarray(at, at + length));
            at += length;
        }
        assert.deepEqual(parse(pieces), parse([whole]), JSON.stringify(text));
    }
});

test("a line of a megabyte in small pieces is no work of its square", () => {
    const line = bytes(`data: ${"0123456789".repeat(100_000)}\n\n`);
    const pieces = Array.from({ length: Math.ceil(line.length / 100) }, (_, index) => line.subarray(index * 100, index * 100 + 100));
    assert.equal(parse(pieces).events[0]?.data.length, 1_000_000);
});
