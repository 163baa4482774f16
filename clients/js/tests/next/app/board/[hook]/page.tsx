// The view is part of the page: without it, `error.tsx` or `not-found.tsx` is shown.

import { ViewError } from "nearside/next";
import { NearsideProvider } from "nearside/react";
import { notFound } from "next/navigation";
import { BoardBy } from "../../board";
import { readBoard } from "../../read-board";

export default async function Page({ params }: { params: Promise<{ hook: string }> }) {
    const { hook } = await params;
    const seed = await readBoard("/views/board").catch((error: unknown) => {
        if (error instanceof ViewError && error.status === 404) notFound();
        throw error;
    });
    return (
        <NearsideProvider seeds={[seed]}>
            <BoardBy hook={hook} url={seed.url} />
        </NearsideProvider>
    );
}
