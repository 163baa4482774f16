"""What was read and what was invalidated, and when; and whether the reads keep what the invalidations promised.

An invalidation that every node has confirmed promises, from its answer on and on every node, what the upstream had when
it was sent. One that was not confirmed by all promises that for the node that took it, and for the others once all have
caught up (`held`). Times are of one monotonic clock; all lists may be appended to from any thread."""

import bisect
import collections

Read = collections.namedtuple("Read", "client node key item began ended version")
Promise = collections.namedtuple("Promise", "node key at version")  # node None: all of them


class History:
    def __init__(self):
        self.reads = []
        self.promises = []
        self.pending = []  # of invalidations that not every node has confirmed
        self.calls = collections.defaultdict(list)  # of the upstream: item -> [(began, ended)]
        self.stalls = []  # (began, ended): the machine stood still

    def invalidated(self, node, versions, at, everywhere):
        """`versions`: {key: what the upstream had when the invalidation was sent}; answered at `at`."""
        for key, version in versions.items():
            self.promises.append(Promise(None if everywhere else node, key, at, version))
            if not everywhere:
                self.pending.append((key, version))

    def take_pending(self):
        taken, self.pending = self.pending, []
        return taken

    def held(self, taken, at):
        """All nodes have caught up with what was taken."""
        self.promises += [Promise(None, key, at, version) for key, version in taken]

    def broken(self):
        """The reads that showed less than was promised when they began, each with what was promised."""
        floors = _Floors(self.promises)
        found = []
        for read in self.reads:
            least = max(floors.of(None, read.key, read.began), floors.of(read.node, read.key, read.began))
            if read.version < least:
                found.append((read, least))
        return found

    def gone_back(self):
        """The reads that showed an older version than their client had seen before of that key on that node."""
        seen, found = {}, []
        for read in sorted(self.reads, key=lambda read: read.began):
            place = (read.client, read.node, read.key)
            if read.version < seen.get(place, 0):
                found.append((read, seen[place]))
            seen[place] = max(seen.get(place, 0), read.version)
        return found

    def beside_upstream(self, read):
        """Seconds that it took beside the time in which the upstream was answering for its item, or nothing ran."""
        covered, until = 0.0, read.began
        for began, ended in sorted(self.calls.get(read.item, []) + self.stalls):
            began, ended = max(began, until), min(ended, read.ended)
            if ended > began:
                covered += ended - began
                until = ended
        return read.ended - read.began - covered


class _Floors:
    """By node and key: the highest version that was promised up to a time."""

    def __init__(self, promises):
        self._steps = collections.defaultdict(lambda: ([], []))
        for each in sorted(promises, key=lambda promise: promise.at):
            times, versions = self._steps[each.node, each.key]
            times.append(each.at)
            versions.append(max(each.version, versions[-1] if versions else 0))

    def of(self, node, key, at):
        if (node, key) not in self._steps:
            return 0
        times, versions = self._steps[node, key]
        place = bisect.bisect_left(times, at)
        return versions[place - 1] if place else 0


def quantile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0
