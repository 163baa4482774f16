// The whole of this package in one call, for pages without a framework.

import { Client, type SubscribeHandlers, type Subscription } from "./client.js";
import { defaultClient } from "./default-client.js";
import type { DataOf } from "./typed.js";

export interface SubscribeOptions<T> extends SubscribeHandlers<T> {
    client?: Client;
}

export function subscribe<T = unknown, Url extends string = string>(
    url: Url,
    options: SubscribeOptions<DataOf<Url, T>>,
): Subscription<DataOf<Url, T>> {
    return (options.client ?? defaultClient()).subscribe<DataOf<Url, T>>(url, options);
}
