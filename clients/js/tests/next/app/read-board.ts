import { seedView } from "nearside/next";
import { headers } from "next/headers";
import type { Board } from "./board";

/** With the credentials of whoever asks for the page. */
export async function readBoard(url: string) {
    const visitor = await headers();
    return seedView<Board>(url, {
        headers: { authorization: visitor.get("authorization") ?? "", cookie: visitor.get("cookie") ?? "" },
    });
}
