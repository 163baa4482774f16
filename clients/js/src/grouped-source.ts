// Several streams where one can't hold all views: a stream carries so many at most.

import type { Source, SourceEvents, SourceState } from "./source.js";

const by_badness: readonly SourceState[] = ["unavailable", "waiting", "connecting", "live"];

interface Group {
    views: string[];
    source: Source;
    state: SourceState;
}

export class GroupedSource implements Source {
    private readonly groups: Group[] = [];

    constructor(
        private readonly most: number,
        private readonly make: (events: SourceEvents) => Source,
        private readonly events: SourceEvents,
    ) {}

    want(views: readonly string[]): void {
        const placed = new Set<string>();
        for (const group of this.groups) {
            group.views = group.views.filter((view) => views.includes(view));
            group.views.forEach((view) => placed.add(view));
        }
        const fresh = views.filter((view) => !placed.has(view));
        while (fresh.length > 0) {
            const group = this.groups.find((each) => each.views.length < this.most) ?? this.add();
            group.views.push(...fresh.splice(0, this.most - group.views.length));
        }
        for (const group of this.groups) group.source.want([...group.views]);
    }

    revive(view: string): void {
        for (const group of this.groups) if (group.views.includes(view)) group.source.revive(view);
    }

    wake(isSure: boolean): void {
        for (const group of this.groups) group.source.wake(isSure);
    }

    sleep(): void {
        for (const group of this.groups) group.source.sleep();
    }

    close(): void {
        for (const group of this.groups.splice(0)) group.source.close();
    }

    private add(): Group {
        const group: Group = {
            views: [],
            state: "connecting",
            source: this.make({
                message: (message, id) => this.events.message(message, id),
                state: (state) => {
                    group.state = state;
                    this.tell();
                },
            }),
        };
        this.groups.push(group);
        return group;
    }

    // The worst of the groups that hold views.
    private tell(): void {
        const states = this.groups.filter((group) => group.views.length > 0).map((group) => group.state);
        const state = by_badness.find((each) => states.includes(each));
        if (state) this.events.state(state);
    }
}
