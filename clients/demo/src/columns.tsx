// Miller columns: what is chosen in one is shown in the next. On a phone one column fills the screen.

import { useState, type ReactNode } from "react";
import { Chart } from "./chart";
import type { Job, Screen, Selection } from "./data";

interface ColumnsProps {
    screen: Screen;
    selection: Selection;
    select: (selection: Selection) => void;
}

const titles = ["People", "Projects", "Jobs", "Job"] as const;

export function Columns({ screen, selection, select }: ColumnsProps) {
    const [jobId, setJob] = useState<number>();
    // Where a phone is.
    const [column, setColumn] = useState(2);
    const { people, projects, jobs, failure } = screen;
    const project = projects?.find((one) => one.id === selection.project) ?? projects?.[0];
    const job = jobs?.find((one) => one.id === jobId) ?? jobs?.[0];
    const person = people?.find((one) => one.id === selection.person);
    const chosen = [person?.full_name, project?.name, job?.name];
    return (
        <main data-column={column}>
            {failure && <p className="failure">{failure.message}</p>}
            <nav aria-label="Where you are">
                {titles.map((title, at) => (
                    <button key={title} aria-current={at === column} onClick={() => setColumn(at)}>
                        {at < column ? (chosen[at] ?? title) : title}
                    </button>
                ))}
            </nav>
            <div className="columns">
                <Column title="People" wait={!people}>
                    {people?.map((one) => (
                        <Row
                            key={one.id}
                            chosen={one.id === selection.person}
                            choose={() => {
                                select({ person: one.id, project: undefined });
                                setColumn(1);
                            }}
                        >
                            {one.full_name}
                            <small>{one.username}</small>
                        </Row>
                    ))}
                </Column>
                <Column title="Projects" wait={!projects}>
                    {projects?.map((one) => (
                        <Row
                            key={one.id}
                            chosen={one === project}
                            choose={() => {
                                select({ ...selection, project: one.id });
                                setColumn(2);
                            }}
                        >
                            {one.name}
                            <small>{one.job_count} jobs</small>
                        </Row>
                    ))}
                </Column>
                <Column title="Jobs" wait={!jobs}>
                    {jobs?.map((one) => (
                        <Row
                            key={one.id}
                            chosen={one === job}
                            choose={() => {
                                setJob(one.id);
                                setColumn(3);
                            }}
                        >
                            <JobLine job={one} />
                        </Row>
                    ))}
                </Column>
                <Column title={job?.name ?? "Job"} wait={!job}>
                    {job && <JobDetail job={job} />}
                </Column>
            </div>
        </main>
    );
}

function Column({ title, wait, children }: { title: string; wait: boolean; children: ReactNode }) {
    return (
        <section className="column" aria-busy={wait}>
            <h2>{title}</h2>
            <div className="rows">{wait ? <Skeleton /> : children}</div>
        </section>
    );
}

function Skeleton() {
    return Array.from({ length: 6 }, (_, at) => <div className="skeleton" key={at} />);
}

function Row({ chosen, choose, children }: { chosen: boolean; choose: () => void; children: ReactNode }) {
    return (
        <button className="row" aria-pressed={chosen} onClick={choose}>
            {children}
        </button>
    );
}

function JobLine({ job }: { job: Job }) {
    const { status, name, metrics } = job;
    return (
        <>
            <span className="job">
                <span>{name}</span>
                <span className={`status ${status}`}>{status}</span>
            </span>
            <span className="job">
                <progress max={1} value={job.progress} />
                <Chart points={metrics?.points ?? []} small />
            </span>
        </>
    );
}

function JobDetail({ job }: { job: Job }) {
    const points = job.metrics?.points ?? [];
    const last = points.at(-1);
    return (
        <article className="detail">
            <p>
                <span className={`status ${job.status}`}>{job.status}</span> <b>{Math.round(job.progress * 100)} %</b>
            </p>
            <progress max={1} value={job.progress} />
            <Chart points={points} />
            <dl>
                <dt className="loss">loss</dt>
                <dd>{last?.loss ?? "–"}</dd>
                <dt className="accuracy">accuracy</dt>
                <dd>{last?.accuracy ?? "–"}</dd>
            </dl>
        </article>
    );
}
