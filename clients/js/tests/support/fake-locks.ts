// Web Locks of one browser: exclusive ones, with `signal` and `steal`; all of a tab's are free when it is gone.

interface Waiting<Owner> {
    owner: Owner;
    run: () => Promise<unknown> | unknown;
    resolve: (value: unknown) => void;
    reject: (error: unknown) => void;
}

interface Options {
    signal?: AbortSignal;
    steal?: boolean;
}

export class FakeLocks<Owner> {
    private readonly held = new Map<string, Waiting<Owner>>();
    private readonly queues = new Map<string, Waiting<Owner>[]>();

    constructor(private readonly later: (run: () => void) => void) {}

    of(owner: Owner) {
        return {
            request: (name: string, options: Options, run: () => Promise<unknown> | unknown) =>
                this.request(owner, name, options, run),
            release: () => this.release(owner),
        };
    }

    private request(owner: Owner, name: string, { signal, steal }: Options, run: Waiting<Owner>["run"]): Promise<unknown> {
        return new Promise((resolve, reject) => {
            if (signal?.aborted) return reject(new DOMException("", "AbortError"));
            const request = { owner, run, resolve, reject };
            const queue = this.queues.get(name) ?? [];
            this.queues.set(name, queue);
            if (steal) {
                this.held.get(name)?.reject(new DOMException("stolen", "AbortError"));
                this.held.delete(name);
                queue.unshift(request);
            } else {
                queue.push(request);
            }
            signal?.addEventListener("abort", () => {
                const index = queue.indexOf(request);
                if (index < 0) return;
                queue.splice(index, 1);
                reject(new DOMException("", "AbortError"));
            });
            this.later(() => this.next(name));
        });
    }

    private next(name: string): void {
        const queue = this.queues.get(name) ?? [];
        if (this.held.has(name)) return;
        const request = queue.shift();
        if (!request) return;
        this.held.set(name, request);
        void Promise.resolve(request.run()).then((value) => {
            request.resolve(value);
            this.free(name, request);
        });
    }

    private free(name: string, request: Waiting<Owner>): void {
        if (this.held.get(name) !== request) return;
        this.held.delete(name);
        this.later(() => this.next(name));
    }

    private release(owner: Owner): void {
        for (const [name, queue] of this.queues) {
            this.queues.set(
                name,
                queue.filter((request) => request.owner !== owner),
            );
            const held = this.held.get(name);
            if (held?.owner === owner) this.free(name, held);
        }
    }
}
