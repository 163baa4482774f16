// The page is shown with or without the view: where the server can't have it, the browser asks.

import { BoardBy } from "../../board";
import { readBoard } from "../../read-board";

const url = "/views/board";

export default async function Page({ params }: { params: Promise<{ hook: string }> }) {
    const { hook } = await params;
    const seed = await readBoard(url).catch(() => undefined);
    return <BoardBy hook={hook} url={url} seed={seed} />;
}
