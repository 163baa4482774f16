// The screen straight from the API: each call waits for the one before, and polling keeps it live.

import useSWR from "swr";
import type { Job, Metrics, Person, Project, Screen, Selection } from "./data";

const polling = { refreshInterval: 5_000, keepPreviousData: false };

interface Listed<T> {
    results: T[];
}

export function useFarScreen({ person, project }: Selection, token: string): Screen {
    const read = async <T>(url: string): Promise<T> => {
        const answer = await fetch(url, { headers: { authorization: token }, cache: "no-store" });
        if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
        return (await answer.json()) as T;
    };
    const people = useSWR<Listed<Person>, Error>("/api/users/", read, polling);
    const user = useSWR<Person, Error>(`/api/users/${person}/`, read, polling);
    const owner = user.data && `/api/projects/?owner=${user.data.id}`;
    const projects = useSWR<Listed<Project>, Error>(owner ?? null, read, polling);
    const chosen = project ?? projects.data?.results[0]?.id;
    const list = projects.data && chosen && `/api/jobs/?project=${chosen}&page_size=10`;
    const jobs = useSWR<Listed<Job>, Error>(list || null, read, polling);
    const ids = jobs.data?.results.map((job) => job.id);
    const metrics = useSWR<Metrics[], Error>(
        ids ? ["metrics", ...ids] : null,
        () => Promise.all((ids ?? []).map((id) => read<Metrics>(`/api/jobs/${id}/metrics/`))),
        polling,
    );
    const failure = people.error ?? user.error ?? projects.error ?? jobs.error ?? metrics.error;
    return {
        people: people.data?.results,
        projects: projects.data?.results,
        jobs: metrics.data && jobs.data?.results.map((job, at) => ({ ...job, metrics: metrics.data?.[at] ?? null })),
        failure,
    };
}
