// The hooks where there is no browser: a server renders what hydration will render first.

import assert from "node:assert/strict";
import { test } from "node:test";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { renderToString } from "react-dom/server";
import { useView as useQueryView } from "../../src/react-query.js";
import { useView } from "../../src/swr.js";
import type { Seed } from "../../src/seed.js";

interface Project {
    name: string;
}

interface Given {
    seed?: Seed<Project>;
}

const url = "/views/projects/7";
const hooks = {
    swr: ({ seed }: Given) => useView<Project>(url, { seed }),
    query: ({ seed }: Given) => useQueryView<Project>(url, { seed }),
};

for (const [name, useIt] of Object.entries(hooks)) {
    const Name = (given: Given) => {
        const { data, isLoading } = useIt(given);
        return <p>{isLoading ? "loading" : data?.name}</p>;
    };
    const html = (given: Given) =>
        renderToString(
            <QueryClientProvider client={new QueryClient()}>
                <Name {...given} />
            </QueryClientProvider>,
        );

    test(`with a seed, a server renders its data, and keeps none of it, under ${name}`, () => {
        assert.equal(html({ seed: { url, data: { name: "first" } } }), "<p>first</p>");
        assert.equal(html({}), "<p>loading</p>");
    });
}
