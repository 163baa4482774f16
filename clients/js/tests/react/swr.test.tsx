// `nearside/swr`: seeded, live, one cache entry with `useSWR`, and no push over what the user has just done.

import { Page } from "../support/page.js";
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { act, version } from "react";
import useSWR, { SWRConfig, useSWRConfig, type SWRResponse } from "swr";
import { useView, type UseViewOptions } from "../../src/swr.js";
import type { ReactNode } from "react";

const url = "/views/projects/7";

interface Board {
    name: string;
}

interface Shown {
    data: Board | undefined;
    isLoading: boolean;
}

function pageOf(context: TestContext, board: Board = { name: "first" }): Page {
    const page = new Page();
    page.server.set(url, board);
    context.after(() => page.close());
    return page;
}

const Fresh = ({ children }: { children: ReactNode }) => (
    <SWRConfig value={{ provider: () => new Map(), dedupingInterval: 0 }}>{children}</SWRConfig>
);

let last: SWRResponse<Board>;

function Name({ options, shown = [] }: { options: UseViewOptions<Board>; shown?: Shown[] }) {
    const view = useView<Board>(url, options);
    last = view;
    shown.push({ data: view.data, isLoading: view.isLoading });
    return <p>{view.error ? `error ${view.error.status}` : (view.data?.name ?? "loading")}</p>;
}

test(`this is React ${version}`, () => assert.match(version, /^1[89]\./));

test("a view is shown, and each change of it", async (context) => {
    const page = pageOf(context);
    await page.show(<Fresh><Name options={{ client: page.client }} /></Fresh>);
    await page.shows("first");
    page.server.set(url, { name: "second" });
    await page.shows("second");
});

test("with a seed the first paint has data, and nothing is ever loading", async (context) => {
    const page = pageOf(context);
    const shown: Shown[] = [];
    const seed = { url, data: { name: "first" }, etag: page.server.get(url).etag };
    await page.show(<Fresh><Name options={{ client: page.client, seed }} shown={shown} /></Fresh>);
    assert.equal(page.text, "first");
    page.server.set(url, { name: "second" });
    await page.shows("second");
    await act(() => last.mutate());
    assert.deepEqual(shown.filter((each) => each.isLoading || !each.data), []);
    assert.equal(page.server.requests("/stream").length, 1);
});

test("an older seed is brought up to date", async (context) => {
    const page = pageOf(context, { name: "now" });
    const seed = { url, data: { name: "rendered a while ago" }, etag: '"old"' };
    await page.show(<Fresh><Name options={{ client: page.client, seed }} /></Fresh>);
    await page.shows("now");
});

test("a seed is no step back for who has something newer", async (context) => {
    const page = pageOf(context);
    const seed = { url, data: { name: "old" }, etag: '"old"' };
    const names: (string | undefined)[] = [];
    const Late = () => {
        names.push(useView<Board>(url, { client: page.client, seed }).data?.name);
        return null;
    };
    const First = <Name options={{ client: page.client }} />;
    await page.show(<Fresh>{First}</Fresh>);
    await page.shows("first");
    await page.show(<Fresh>{First}<Late /></Fresh>);
    await page.keeps("first");
    assert.deepEqual([...new Set(names)], ["first"]);
});

test("`useSWR(url)` beside it has the same entry, and asks nobody", async (context) => {
    const page = pageOf(context);
    const seed = { url, data: { name: "first" }, etag: page.server.get(url).etag };
    const Plain = () => <b>{useSWR<Board>(url, null).data?.name ?? "nothing"}</b>;
    await page.show(<Fresh><Name options={{ client: page.client, seed }} /><Plain /></Fresh>);
    assert.equal(page.text, "firstfirst");
    page.server.set(url, { name: "second" });
    await page.shows("secondsecond");
});

test("many components of a view make one subscription", async (context) => {
    const page = pageOf(context);
    const names = Array.from({ length: 5 }, (_, index) => <Name key={index} options={{ client: page.client }} />);
    await page.show(<Fresh>{names}</Fresh>);
    await page.shows("first".repeat(5));
    page.server.set(url, { name: "x" });
    await page.shows("xxxxx");
    assert.equal(page.server.streams.size, 1);
});

test("an optimistic value stays while the write is under way, whatever is pushed, and until its outcome is known", async (context) => {
    const page = pageOf(context);
    await page.show(<Fresh><Name options={{ client: page.client }} /></Fresh>);
    await page.shows("first");
    let written!: (value: Board) => void;
    const write = new Promise<Board>((resolve) => (written = resolve));
    await act(async () => void last.mutate(write, { optimisticData: { name: "mine" }, populateCache: false }));
    assert.equal(page.text, "mine");
    page.server.set(url, { name: "older, of somebody else" });
    await page.keeps("mine");
    page.server.latency = () => 20; // the push is here long before the answer
    page.server.set(url, { name: "mine, as written" });
    await act(async () => written({ name: "mine" }));
    await page.shows("mine, as written");
    const asked = page.server.requests(url).at(-1);
    assert.equal(asked?.headers.get("cache-control"), "no-cache");
});

test("so it is for a mutation of somewhere else on the page", async (context) => {
    const page = pageOf(context);
    let globalMutate!: ReturnType<typeof useSWRConfig>["mutate"];
    const Elsewhere = () => {
        globalMutate = useSWRConfig().mutate;
        return null;
    };
    await page.show(<Fresh><Name options={{ client: page.client }} /><Elsewhere /></Fresh>);
    await page.shows("first");
    let written!: () => void;
    const write = new Promise<Board>((resolve) => (written = () => resolve({ name: "mine" })));
    await act(async () => void globalMutate(url, write, { optimisticData: { name: "mine" }, revalidate: false }));
    page.server.set(url, { name: "pushed meanwhile" });
    await page.keeps("mine");
    await act(async () => written());
    await page.shows("pushed meanwhile");
    page.server.set(url, { name: "pushed after" });
    await page.shows("pushed after");
});

test("who shows the view again while the outcome is being asked for waits for it, too", async (context) => {
    const page = pageOf(context);
    let globalMutate!: ReturnType<typeof useSWRConfig>["mutate"];
    const Elsewhere = () => {
        globalMutate = useSWRConfig().mutate;
        return null;
    };
    const shown: Shown[] = [];
    const View = <Name options={{ client: page.client, revalidateOnMount: false }} shown={shown} />;
    await page.show(<Fresh><Elsewhere />{View}</Fresh>);
    await page.shows("first");
    let written!: () => void;
    const write = new Promise<Board>((resolve) => (written = () => resolve({ name: "mine" })));
    await act(async () => void globalMutate(url, write, { optimisticData: { name: "mine" }, revalidate: false }));
    page.server.set(url, { name: "older, of somebody else" });
    await page.keeps("mine");
    page.server.latency = () => 50;
    await act(async () => written());
    await page.asks(url, "no-cache");
    await page.show(<Fresh><Elsewhere /></Fresh>);
    await page.show(<Fresh><Elsewhere />{View}</Fresh>);
    page.server.set(url, { name: "mine, as written" });
    await page.shows("mine, as written");
    assert.deepEqual([...new Set(shown.map(({ data }) => data?.name))], [undefined, "first", "mine", "mine, as written"]);
});

test("a view that was mutated while nobody showed it is asked of the upstream when it is shown again", async (context) => {
    const page = pageOf(context);
    let globalMutate!: ReturnType<typeof useSWRConfig>["mutate"];
    const Elsewhere = () => {
        globalMutate = useSWRConfig().mutate;
        return null;
    };
    const View = <Name options={{ client: page.client }} />;
    await page.show(<Fresh><Elsewhere />{View}</Fresh>);
    await page.shows("first");
    await page.show(<Fresh><Elsewhere /></Fresh>);
    await act(() => globalMutate(url, { name: "mine" }, { revalidate: false }));
    await page.show(<Fresh><Elsewhere />{View}</Fresh>);
    await page.shows("first");
    const fresh = () => page.server.requests(url).filter((each) => each.headers.get("cache-control") === "no-cache");
    assert.equal(fresh().length, 1);
    await page.show(<Fresh><Elsewhere /></Fresh>);
    await page.show(<Fresh><Elsewhere />{View}</Fresh>);
    await page.keeps("first");
    assert.equal(fresh().length, 1);
});

test("an optimistic value whose write fails is taken back", async (context) => {
    const page = pageOf(context);
    await page.show(<Fresh><Name options={{ client: page.client }} /></Fresh>);
    await page.shows("first");
    let failed!: () => void;
    const write = new Promise<Board>((_, reject) => (failed = () => reject(new Error("no"))));
    await act(async () => void last.mutate(write, { optimisticData: { name: "mine" } }).catch(() => {}));
    assert.equal(page.text, "mine");
    await act(async () => failed());
    await page.shows("first");
    page.server.set(url, { name: "second" });
    await page.shows("second");
});

test("an equal part of a new version is the same object", async (context) => {
    const page = pageOf(context);
    const jobs = [{ id: 1, status: "running" }, { id: 2, status: "queued" }];
    page.server.set(url, { name: "a", jobs });
    const seen: { name: string; jobs: typeof jobs }[] = [];
    const Jobs = () => {
        const { data } = useView<{ name: string; jobs: typeof jobs }>(url, { client: page.client });
        if (data) seen.push(data);
        return <p>{data?.jobs[0]?.status}</p>;
    };
    await page.show(<Fresh><Jobs /></Fresh>);
    await page.shows("running");
    page.server.set(url, { name: "a", jobs: [{ id: 1, status: "done" }, jobs[1]] });
    await page.shows("done");
    assert.equal(seen.at(-1)?.jobs[1], seen[0]?.jobs[1]);
    assert.notEqual(seen.at(-1)?.jobs[0], seen[0]?.jobs[0]);
});

test("what can't be had is an error with its status", async (context) => {
    const page = pageOf(context);
    const Missing = () => {
        const { error, isLoading } = useView("/views/none", { client: page.client, shouldRetryOnError: false });
        return <p>{isLoading ? "loading" : error?.status}</p>;
    };
    await page.show(<Fresh><Missing /></Fresh>);
    await page.shows("404");
});

test("what the stream refuses becomes the error", async (context) => {
    const page = pageOf(context);
    await page.show(<Fresh><Name options={{ client: page.client, shouldRetryOnError: false }} /></Fresh>);
    await page.shows("first");
    page.server.authorized = () => false;
    page.server.problem(url, 403);
    await page.shows("error 401");
});

test("so does what can't be told for a while, until it is told again", async (context) => {
    const page = pageOf(context);
    await page.show(<Fresh><Name options={{ client: page.client, shouldRetryOnError: false }} /></Fresh>);
    await page.shows("first");
    await page.isLive();
    page.server.refusing.set(url, 502);
    page.server.problem(url, 502);
    await page.shows("error 502");
    page.server.recover(url);
    await page.shows("first");
});

test("so does what a request in the place of a stream is refused with", async (context) => {
    const page = pageOf(context);
    page.server.streaming = "refused";
    await page.show(<Fresh><Name options={{ client: page.client, shouldRetryOnError: false }} /></Fresh>);
    await page.shows("first");
    page.server.refusing.set(url, 404);
    page.server.set(url, { name: "second" });
    await page.shows("error 404");
});

test("without a URL nothing is asked; with another one, that is shown", async (context) => {
    const page = pageOf(context);
    page.server.set("/views/projects/8", { name: "other" });
    const Chosen = ({ id }: { id: number | null }) => (
        <p>{useView<Board>(id === null ? null : `/views/projects/${id}`, { client: page.client }).data?.name ?? "none"}</p>
    );
    await page.show(<Fresh><Chosen id={null} /></Fresh>);
    await page.keeps("none");
    assert.equal(page.server.seen.length, 0);
    await page.show(<Fresh><Chosen id={7} /></Fresh>);
    await page.shows("first");
    await page.show(<Fresh><Chosen id={8} /></Fresh>);
    await page.shows("other");
});

test("a component that isn't live is asked for once", async (context) => {
    const page = pageOf(context);
    await page.show(<Fresh><Name options={{ client: page.client, live: false }} /></Fresh>);
    await page.shows("first");
    page.server.set(url, { name: "second" });
    await page.keeps("first");
    assert.equal(page.server.streams.size, 0);
});
