import { useSyncExternalStore } from "react";
import { format } from "./header";
import { recorder } from "./recorder";

const most_bars = 8;

function told(milliseconds: number, stored: boolean | undefined): string {
    const time = `${format(milliseconds)} ms`;
    return stored === undefined ? time : `${time}, ${stored ? "stored" : "fetched"}`;
}

/** The requests that content waited for, on one axis of time; the lines are round trips to the Netherlands. */
export function Waterfall({ rtt }: { rtt: number }) {
    const { requests, content } = useSyncExternalStore(recorder.listen, () => recorder.current);
    const last = Math.max(content ?? 0, ...requests.map((one) => one.end ?? one.start));
    const span = Math.max(rtt * 5, last * 1.05);
    const trips = Array.from({ length: Math.floor(span / rtt) }, (_, trip) => (trip + 1) * rtt);
    const at = (milliseconds: number) => `${((milliseconds / span) * 100).toFixed(2)}%`;
    const shown = requests.slice(0, most_bars);
    return (
        <section className="waterfall" aria-label="Requests">
            <div className="axis">
                {trips.map((trip) => (
                    <i key={trip} style={{ left: at(trip) }} />
                ))}
            </div>
            {shown.map(({ id, label, start, end, stored }) => (
                <div className="request" key={id}>
                    <code title={label}>{label}</code>
                    <div className="track">
                        <b style={{ left: at(start), width: `max(3px, ${at((end ?? last) - start)})` }} />
                        {end !== undefined && <em style={{ left: at(end) }}>{told(end - start, stored)}</em>}
                    </div>
                </div>
            ))}
            <p>
                {requests.length > most_bars && `and ${requests.length - most_bars} more requests; `}
                {content === undefined
                    ? "waiting for content"
                    : `${requests.length} ${requests.length === 1 ? "request" : "requests"}, content after ${format(content)} ms`}
            </p>
        </section>
    );
}
