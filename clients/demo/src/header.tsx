import { useStatus } from "nearside/swr";
import type { Client } from "nearside";

export type Way = "near" | "far";

interface HeaderProps {
    way: Way;
    take: (way: Way) => void;
    times: Partial<{ [way in Way]: number }>;
    rtt: number;
    client: Client;
}

const names: { [way in Way]: string } = { near: "Through nearside", far: "Straight to the Netherlands" };

export function Header({ way, take, times, rtt, client }: HeaderProps) {
    return (
        <header>
            <div className="title">
                <h1>Experiments</h1>
                <p>
                    The API is {rtt} ms away. <Light way={way} client={client} />
                </p>
            </div>
            <div className="ways" role="radiogroup" aria-label="Where the data comes from">
                {(["near", "far"] as const).map((one) => (
                    <button key={one} role="radio" aria-checked={one === way} className={one} onClick={() => take(one)}>
                        <span>{names[one]}</span>
                        <strong data-time={one}>{times[one] === undefined ? "–" : `${format(times[one])} ms`}</strong>
                    </button>
                ))}
            </div>
        </header>
    );
}

function Light({ way, client }: { way: Way; client: Client }) {
    const status = useStatus(client);
    const told = way === "near" ? status : "asks every 5 s";
    return <span className={`light ${way === "near" ? status : "polling"}`}>{told}</span>;
}

export function format(milliseconds: number): string {
    return milliseconds < 10 ? milliseconds.toFixed(1) : Math.round(milliseconds).toLocaleString("en");
}
