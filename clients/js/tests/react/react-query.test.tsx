// `nearside/react-query`: seeded, live, one cache entry with `useQuery`, and no push over what the user has just done.

import { Page } from "../support/page.js";
import { QueryClient, QueryClientProvider, skipToken, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { act, type ReactNode } from "react";
import { useView, type UseViewOptions } from "../../src/react-query.js";

const url = "/views/projects/7";

interface Board {
    name: string;
}

function pageOf(context: TestContext) {
    const page = new Page();
    page.server.set(url, { name: "first" });
    const queries = new QueryClient({ defaultOptions: { queries: { retry: false, gcTime: 100 }, mutations: { gcTime: 100 } } });
    const Around = ({ children }: { children: ReactNode }) => (
        <QueryClientProvider client={queries}>{children}</QueryClientProvider>
    );
    context.after(async () => {
        await page.close();
        queries.clear();
    });
    return { page, queries, Around };
}

function Name({ options, loading = [] }: { options: UseViewOptions<Board>; loading?: boolean[] }) {
    const view = useView<Board>(url, options);
    loading.push(view.isLoading || view.isPending);
    return <p>{view.error ? `error ${view.error.status}` : (view.data?.name ?? "loading")}</p>;
}

test("a view is shown, and each change of it", async (context) => {
    const { page, Around } = pageOf(context);
    await page.show(<Around><Name options={{ client: page.client }} /></Around>);
    await page.shows("first");
    page.server.set(url, { name: "second" });
    await page.shows("second");
});

test("with a seed the first paint has data, and nothing is ever loading", async (context) => {
    const { page, Around } = pageOf(context);
    const loading: boolean[] = [];
    const seed = { url, data: { name: "first" }, etag: page.server.get(url).etag };
    await page.show(<Around><Name options={{ client: page.client, seed }} loading={loading} /></Around>);
    assert.equal(page.text, "first");
    await page.isLive();
    page.server.set(url, { name: "second" });
    await page.shows("second");
    assert.ok(!loading.includes(true));
    assert.deepEqual(page.server.seen.map((request) => request.url.split("?")[0]), ["/stream"]);
});

test("`useQuery({queryKey: [url]})` beside it has the same entry, and asks nobody", async (context) => {
    const { page, Around } = pageOf(context);
    const seed = { url, data: { name: "first" } };
    const Plain = () => <b>{useQuery<Board>({ queryKey: [url], queryFn: skipToken }).data?.name}</b>;
    await page.show(<Around><Name options={{ client: page.client, seed }} /><Plain /></Around>);
    assert.equal(page.text, "firstfirst");
    page.server.set(url, { name: "second" });
    await page.shows("secondsecond");
});

test("an optimistic value stays while the mutation runs, whatever is pushed, and until its outcome is known", async (context) => {
    const { page, Around } = pageOf(context);
    let mutate!: (name: string) => void;
    let written!: () => void;
    const Rename = () => {
        const queries = useQueryClient();
        ({ mutate } = useMutation({
            mutationFn: (_: string) => new Promise<void>((resolve) => (written = resolve)),
            onMutate: async (name: string) => {
                await queries.cancelQueries({ queryKey: [url] });
                queries.setQueryData([url], { name });
            },
            onSettled: () => queries.invalidateQueries({ queryKey: [url] }),
        }));
        return null;
    };
    await page.show(<Around><Name options={{ client: page.client }} /><Rename /></Around>);
    await page.shows("first");
    await act(async () => mutate("mine"));
    await page.shows("mine");
    page.server.set(url, { name: "older, of somebody else" });
    await page.keeps("mine");
    page.server.set(url, { name: "mine, as written" });
    await act(async () => written());
    await page.shows("mine, as written");
    assert.equal(page.server.requests(url).at(-1)?.headers.get("cache-control"), "no-cache");
    page.server.set(url, { name: "later" });
    await page.shows("later");
});

test("who shows the view again while the outcome is being asked for waits for it, too", async (context) => {
    const { page, Around, queries } = pageOf(context);
    let mutate!: (name: string) => void;
    let written!: () => void;
    const Rename = () => {
        ({ mutate } = useMutation({
            mutationFn: (_: string) => new Promise<void>((resolve) => (written = resolve)),
            onMutate: (name: string) => void queries.setQueryData([url], { name }),
        }));
        return null;
    };
    const names: (string | undefined)[] = [];
    const View = () => {
        const { data } = useView<Board>(url, { client: page.client });
        names.push(data?.name);
        return <p>{data?.name}</p>;
    };
    await page.show(<Around><Rename /><View /></Around>);
    await page.shows("first");
    await act(async () => mutate("mine"));
    page.server.set(url, { name: "older, of somebody else" });
    await page.keeps("mine");
    page.server.latency = () => 50;
    await act(async () => written());
    await page.asks(url, "no-cache");
    await page.show(<Around><Rename /></Around>);
    await page.show(<Around><Rename /><View /></Around>);
    page.server.set(url, { name: "mine, as written" });
    await page.shows("mine, as written");
    assert.deepEqual([...new Set(names)], [undefined, "first", "mine", "mine, as written"]);
});

test("a mutation that has nothing to do with the view holds nothing back", async (context) => {
    const { page, Around } = pageOf(context);
    let mutate!: () => void;
    let end!: () => void;
    const Else = () => {
        const mutationFn = () => new Promise<void>((resolve) => (end = resolve));
        ({ mutate } = useMutation({ mutationKey: ["else"], mutationFn }));
        return null;
    };
    const concerns = (mutation: { options: { mutationKey?: readonly unknown[] } }) =>
        mutation.options.mutationKey?.[0] !== "else";
    await page.show(<Around><Name options={{ client: page.client, concerns }} /><Else /></Around>);
    await page.shows("first");
    await act(async () => mutate());
    page.server.set(url, { name: "second" });
    await page.shows("second");
    await act(async () => end());
});

test("what can't be told for a while is an error until it is told again", async (context) => {
    const { page, Around } = pageOf(context);
    await page.show(<Around><Name options={{ client: page.client }} /></Around>);
    await page.shows("first");
    await page.isLive();
    page.server.refusing.set(url, 502);
    page.server.problem(url, 502);
    await page.shows("error 502");
    page.server.recover(url);
    await page.shows("first");
});

test("what the stream refuses becomes the error", async (context) => {
    const { page, Around } = pageOf(context);
    await page.show(<Around><Name options={{ client: page.client }} /></Around>);
    await page.shows("first");
    page.server.authorized = () => false;
    page.server.problem(url, 403);
    await page.shows("error 401");
});
