// How long to wait before the next try: doubling, with jitter, so that a crowd that lost one node doesn't come to the next at
// the same moment.

export class Backoff {
    private failures = 0;

    constructor(
        private first: number,
        private readonly most: number,
        private readonly random: () => number,
    ) {}

    /** What the server said to wait (`retry:`), in milliseconds. */
    begin(first: number): void {
        this.first = Math.min(Math.max(first, 1), this.most);
    }

    /** Something came through: the next wait is the shortest again. */
    reset(): void {
        this.failures = 0;
    }

    next(): number {
        const span = Math.min(this.most, this.first * 2 ** Math.min(this.failures, 30));
        this.failures++;
        return span * (0.5 + this.random() / 2);
    }
}
