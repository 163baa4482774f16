"use client";
// The board by either hook, and all that it has ever shown.

import { useStatus } from "nearside/react";
import { useView as useQueryView } from "nearside/react-query";
import { useView } from "nearside/swr";
import type { Seed } from "nearside/next";
import Link from "next/link";

export interface Board {
    owner: string;
    version: number;
}

declare global {
    interface Window {
        shown?: { version: number | undefined; isLoading: boolean }[];
    }
}

interface Given {
    url: string;
    seed?: Seed<Board> | undefined;
}

interface Outcome {
    data?: Board | undefined;
    error?: { status?: number } | null | undefined;
    isLoading: boolean;
}

const Swr = ({ url, seed }: Given) => <Shown {...useView<Board>(url, { seed })} />;
const Query = ({ url, seed }: Given) => <Shown {...useQueryView<Board>(url, { seed })} />;

export const BoardBy = ({ hook, ...given }: Given & { hook: string }) =>
    hook === "swr" ? <Swr {...given} /> : <Query {...given} />;

function Shown({ data, error, isLoading }: Outcome) {
    if (typeof window !== "undefined") (window.shown ??= []).push({ version: data?.version, isLoading });
    return (
        <main>
            <p id="owner">{data?.owner ?? "nobody"}</p>
            <p id="version">{isLoading ? "loading" : (data?.version ?? `error ${error?.status}`)}</p>
            <p id="status">{useStatus()}</p>
            <Link href="/projects/7" prefetch={false}>
                Project
            </Link>
        </main>
    );
}
