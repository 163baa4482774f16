// What is on the screen, whichever way it came.

export interface Person {
    id: number;
    username: string;
    full_name: string;
}

export interface Project {
    id: number;
    name: string;
    job_count: number;
}

export interface Point {
    step: number;
    loss: number;
    accuracy: number;
}

export interface Metrics {
    progress_percent: number;
    points: Point[];
}

export interface Job {
    id: number;
    name: string;
    status: "queued" | "running" | "succeeded" | "failed" | "stopped";
    progress: number;
    metrics: Metrics | null;
}

/** Of one person, and of one of their projects. What isn't here yet is undefined. */
export interface Screen {
    people: Person[] | undefined;
    projects: Project[] | undefined;
    jobs: Job[] | undefined;
    failure: Error | undefined;
}

export interface Selection {
    person: number;
    /** Their first one, where it is left out. */
    project: number | undefined;
}

/** Everything that the selection asks for is here. */
export function isComplete(screen: Screen): boolean {
    return !!screen.projects && !!screen.jobs && screen.jobs.every((job) => job.metrics !== undefined);
}
