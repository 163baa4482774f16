// JSON values, and the two questions that everything here asks of them. All values are treated as immutable.

export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };
export type JsonObject = { readonly [name: string]: Json };

export function isObject(value: unknown): value is Record<string, unknown> {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function has(object: object, name: string): boolean {
    return Object.prototype.hasOwnProperty.call(object, name);
}

/** Sets an own member, also one named `__proto__`, which an assignment would take for the prototype. */
export function put(object: Record<string, unknown>, name: string, value: unknown): void {
    if (name !== "__proto__") object[name] = value;
    else Object.defineProperty(object, name, { value, writable: true, enumerable: true, configurable: true });
}

export function isEqual(left: unknown, right: unknown): boolean {
    if (left === right) return true;
    if (Array.isArray(left)) {
        if (!Array.isArray(right) || left.length !== right.length) return false;
        return left.every((item, index) => isEqual(item, right[index]));
    }
    if (!isObject(left) || !isObject(right)) return false;
    const names = Object.keys(left);
    if (names.length !== Object.keys(right).length) return false;
    return names.every((name) => has(right, name) && isEqual(left[name], right[name]));
}
