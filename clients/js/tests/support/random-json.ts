// Random JSON, and variations of it.

const names = ["a", "b", "id", "jobs", "name", "0", "x y"];
const scalars = [null, true, false, 0, 1, -1.5, "", "a", "프로젝트", "running"];

const pick = <T>(random: () => number, from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;

export function randomJson(random: () => number, depth: number): unknown {
    const kind = random();
    if (depth === 0 || kind < 0.3) return pick(random, scalars);
    const length = Math.floor(random() * 5);
    if (kind < 0.5) return Array.from({ length }, (_, id) => ({ id, value: randomJson(random, depth - 1) }));
    if (kind < 0.65) return Array.from({ length }, () => randomJson(random, depth - 1));
    return Object.fromEntries(Array.from({ length }, () => [pick(random, names), randomJson(random, depth - 1)]));
}

/** Another value, much like this one. */
export function varied(random: () => number, value: unknown): unknown {
    if (random() < 0.1) return randomJson(random, 2);
    if (Array.isArray(value)) {
        const items = value.map((item) => (random() < 0.4 ? varied(random, item) : item));
        if (random() < 0.3) items.splice(Math.floor(random() * (items.length + 1)), 0, randomJson(random, 1));
        if (items.length > 0 && random() < 0.3) items.splice(Math.floor(random() * items.length), 1);
        if (random() < 0.2) items.reverse();
        return items;
    }
    if (typeof value !== "object" || value === null) return random() < 0.5 ? value : pick(random, scalars);
    const members = Object.entries(value).map(([name, member]) => [name, random() < 0.4 ? varied(random, member) : member]);
    if (members.length > 0 && random() < 0.2) members.pop();
    if (random() < 0.2) members.push([pick(random, names), randomJson(random, 1)]);
    return Object.fromEntries(members) as unknown;
}

export function frozen<T>(value: T): T {
    if (typeof value === "object" && value !== null) {
        Object.values(value).forEach(frozen);
        Object.freeze(value);
    }
    return value;
}
