// Asks for nothing of the visitor's, so that Next.js might take it for one that can be rendered once for all, at build.

import { seedView } from "nearside/next";
import { BoardBy, type Board } from "../board";

const url = "/views/board";

export default async function Page() {
    const seed = await seedView<Board>(url).catch(() => undefined);
    return <BoardBy hook="swr" url={url} seed={seed} />;
}
