// The client of a page that made none of its own. Never on a server, where one process serves many users.

import { Client } from "./client.js";

let made: Client | undefined;

export function defaultClient(): Client {
    return (made ??= new Client());
}

/** `subscribe` and the hooks use this one from now on; whoever uses the one before goes on with it. */
export function setDefaultClient(client: Client): void {
    made = client;
}
