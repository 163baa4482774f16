import type { Point } from "./data";

const width = 100;
const height = 50;

/** Loss and accuracy, from 0 to 1, over the steps of the training. */
export function Chart({ points, small = false }: { points: readonly Point[]; small?: boolean }) {
    const step = width / Math.max(1, points.length - 1);
    const line = (value: (point: Point) => number) =>
        points.map((point, at) => `${(at * step).toFixed(1)},${((1 - value(point)) * height).toFixed(1)}`).join(" ");
    return (
        <svg
            className={small ? "chart small" : "chart"}
            viewBox={`0 0 ${width} ${height}`}
            preserveAspectRatio="none"
            role="img"
            aria-label="Loss and accuracy"
        >
            {!small && [0.25, 0.5, 0.75].map((at) => <line key={at} x1={0} x2={width} y1={at * height} y2={at * height} />)}
            <polyline className="accuracy" points={line((point) => point.accuracy)} />
            <polyline className="loss" points={line((point) => point.loss)} />
        </svg>
    );
}
