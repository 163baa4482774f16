// The page that the browser tests look at: a view by the hook of `?with=`, and all that it has ever shown.

import { QueryClient, QueryClientProvider, useQuery } from "@tanstack/react-query";
import { createRoot } from "react-dom/client";
import useSWR from "swr";
import type { Seed } from "../../src/seed.js";
import { useView as useQueryView } from "../../src/react-query.js";
import { useView } from "../../src/swr.js";

interface Board {
    version: number;
}

interface Shown {
    version: number | undefined;
    isLoading: boolean;
}

declare global {
    interface Window {
        seed?: Seed<Board>;
        shown: Shown[];
    }
}

const url = "/views/board";
const read = async (path: string): Promise<Board> => (await fetch(path)).json() as Promise<Board>;
const hooks: Record<string, () => { data?: Board | undefined; isLoading: boolean }> = {
    view: () => useView<Board>(url, { seed: window.seed }),
    query: () => useQueryView<Board>(url, { seed: window.seed }),
    plainSwr: () => useSWR<Board>(url, read, { focusThrottleInterval: 0, dedupingInterval: 0 }),
    plainQuery: () => useQuery<Board>({ queryKey: [url], queryFn: () => read(url) }),
};
const useBoard = hooks[new URLSearchParams(location.search).get("with") ?? "view"] as () => ReturnType<typeof useView<Board>>;


window.shown = [];

function Version() {
    const { data, isLoading } = useBoard();
    window.shown.push({ version: data?.version, isLoading });
    return <p id="version">{data?.version ?? "loading"}</p>;
}

createRoot(document.getElementById("app") as HTMLElement).render(
    <QueryClientProvider client={new QueryClient()}>
        <Version />
    </QueryClientProvider>,
);
