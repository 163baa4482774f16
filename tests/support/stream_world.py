"""Nodes with one Redis, what can happen to them, and views whose documents at the upstream change: the world that many
schedules share. Who reads the views is in stream_pool.py, what happens when in the test."""

import concurrent.futures
import functools
import json
import threading
import time

from answers import document
from configuration import configuration
from deadlines import PATIENCE, eventually
from faulty_proxy import FaultyProxy
from http_message import Broken
from nearside import Nearside

SECTIONS = """\
cache: {{redis: '{redis}'}}
streams: {{per_client: 10000, history: 12}}
views:
  told:  # of its changes, by invalidations
    path: /views/told/{{id}}
    fresh: 1h
    stale: 1h
    tags: ["view:{{id}}"]
    steps: {{a: {{get: "/{{id}}"}}}}
    out: a
  polled:
    path: /views/polled/{{id}}
    fresh: 300ms
    stale: 1h
    steps: {{a: {{get: "/{{id}}"}}}}
    out: a
"""

# The text of a view's document: how long it is, and whether each version has another one, so that no patch is worth it.
KINDS = {
    "small": (300, False),
    "wide": (60_000, False),
    "large": (150_000, True),
    "polled": (300, False),
}


# Seconds: how much later than it was sent a call may be read by an upstream on a busy machine.
OVERLAP = 2.0


class Log:
    """What happened when, of one thing. Any thread."""

    def __init__(self):
        self.lines = []

    def note(self, text):
        self.lines.append((time.monotonic(), text))


class Node:
    """One that is started again with the configuration that it had, and reaches Redis by a link of its own."""

    def __init__(self, at, file, upstream, redis):
        self.at = at
        self.link = FaultyProxy(redis.port)
        self.in_gap = False
        self.starts = 0
        self._file = file
        self._file.write_text(configuration(upstream.url, SECTIONS.format(redis=self.link.url),
                                            admin="calls_a_second: 100000"))
        self._running = Nearside(self._file).wait_ready()
        self._running.wait_event("redis connected")

    @property
    def port(self):
        """None while it is down: somebody else may be given the port that it had."""
        running = self._running
        return running and running.port

    def connect(self, **how):
        return self._running.connect(**how)

    def kill(self):
        """`start()` follows."""
        running, self._running = self._running, None
        running.kill()

    def start(self):
        self.starts += 1
        self._running = Nearside(self._file).wait_ready()

    def end(self):
        self.heal()
        try:
            if self._running:
                self._running.stop()
        finally:
            if self._running:
                self._running.kill()
            self.link.end()

    def cut(self, how):
        self.in_gap = True
        if how == "hang":
            self.link.hold()
        else:
            self.link.refuse()
            self.link.reset()

    def heal(self):
        self.link.refuse(False)
        self.link.release()
        self.in_gap = False

    def invalidate(self, tag, mode):
        running = self._running
        if running is None:
            raise ConnectionRefusedError
        answer = running.admin("/invalidate", method="POST", body=json.dumps({"tags": [tag], "mode": mode}).encode())
        assert answer.status in (200, 202), answer.text
        return answer

    def has_told_all(self, count):
        """All that it knows of invalidations holds on so many nodes: they have confirmed one that comes after it."""
        return self.invalidate("nothing", "soft").json()["confirmed"] >= count


class View:
    """One with a document of its own at the upstream; the document is a pure function of its name and number."""

    def __init__(self, world, name, kind, lag):
        self.name, self.kind = name, kind
        self.url = f"/views/{'polled' if kind == 'polled' else 'told'}/{name}"
        self.log = Log()
        self.number = 1  # what the upstream says now
        # The highest number of which every node has said that nothing older is served any more.
        self.promised = 0
        # The highest number whose invalidation stands in the log or on all nodes; and by node, what was sent to it.
        self.sure, self.sent = 0, {}
        self._world, self._lag = world, lag
        self._read, self._replaced = {}, {}  # number -> when the upstream said it first, and when another one came
        self._lock = threading.Lock()
        self._telling = []

    def version(self, number):
        """Numbers change, and an item goes for each that comes."""
        length, is_new = KINDS[self.kind]
        word = f"{self.name} {number if is_new else 'text'} "
        items = [{"id": each, "name": f"job {each}", "points": [each, 2 * each]} for each in range(number, number + 8)]
        return {"view": self.name, "version": number, "text": word * (length // len(word)), "items": items}

    @functools.lru_cache(maxsize=100)
    def _content(self, number):
        return json.dumps(self.version(number)).encode()

    def answer(self, call):
        number = self.number
        self._read.setdefault(number, time.monotonic())
        content = self._content(number)
        time.sleep(self._lag)  # an upstream that is away, whose answers are older than their arrival
        document(content)(call)

    def change(self, node, mode):
        """The next version. Where nobody polls, `node` is told so, behind the caller, who waits for all but two."""
        self._replaced[self.number] = time.monotonic()
        self.number += 1
        self.log.note(f"is {self.number}, told to node {node.at}, {mode}")
        if self.kind == "polled":
            return
        self.tell(node, mode)
        if len(self._telling) > 2:
            self._telling.pop(0).result(PATIENCE)

    def may_follow(self, newer, older):
        """Whether calls that brought these may have been under way together. Two nodes, or two that were cut off, make
        such calls, and nobody but the upstream knows which was answered first: then the older may be told after the
        newer, until the invalidation of it comes."""
        return self._replaced[older] > self._read[newer] - OVERLAP

    def tell(self, node, mode):
        self._telling.append(self._world.callers.submit(self._tell, self.number, node, mode))

    def _tell(self, number, node, mode):
        answer = None
        while answer is None:
            starts = self._world.starts()
            with self._lock:
                self.sent[node.at] = max(number, self.sent.get(node.at, 0))
            try:
                answer = node.invalidate(f"view:{self.name}", mode)
            except (OSError, Broken):  # it was killed, and nothing was promised: another one is asked
                node = self._world.nodes[(node.at + 1) % len(self._world.nodes)]
                time.sleep(0.01)
        told = answer.json()
        is_alone = told.get("trouble", "").endswith("once Redis is back")
        self.log.note(f"{number} is told: {answer.status} by node {node.at}, {told['confirmed']} of {told['nodes']}"
                      f"{', it alone knows' if is_alone else ''}")
        with self._lock:
            if not is_alone:
                self.sure = max(self.sure, number)
            # One that was started again meanwhile may have confirmed twice, under two names.
            is_everywhere = told["confirmed"] >= len(self._world.nodes) and self._world.starts() == starts
            if mode == "hard" and answer.status == 200 and is_everywhere:
                self.promised = max(self.promised, number)

    def say_again(self, lost):
        """What the node alone knew that is lost now: its answers (202, or none) promised no more."""
        with self._lock:
            is_lost = self.sent.get(lost.at, 0) > self.sure
        if is_lost:
            self.log.note(f"node {lost.at} took {self.number} with it")
            self.tell(self._world.nodes[(lost.at + 1) % len(self._world.nodes)], "soft")

    def wait_told(self):
        while self._telling:
            self._telling.pop(0).result(PATIENCE)


class World:
    def __init__(self, folder, upstream, redis, count):
        self.log = Log()
        self.views = {}
        self.redis = redis
        self.has_forgotten = False  # Redis, since all nodes were in step
        self.callers = concurrent.futures.ThreadPoolExecutor(256)
        upstream.otherwise(lambda call: self.views[call.request.path[1:]].answer(call))
        self.nodes = []
        try:
            for at in range(count):
                self.nodes.append(Node(at, folder / f"node-{at}.yaml", upstream, redis))
        except BaseException:
            self.end()
            raise

    def add(self, name, kind, lag=0.0):
        self.views[name] = View(self, name, kind, lag)
        return self.views[name]

    def end(self):
        self.callers.shutdown()
        for node in self.nodes:
            node.end()

    def starts(self):
        return sum(node.starts for node in self.nodes)

    # --- what happens to it

    def cut(self, node, how):
        self.log.note(f"node {node.at} is cut off from Redis: {how}")
        node.cut(how)

    def heal(self, node):
        self.log.note(f"node {node.at} reaches Redis")
        node.heal()

    def forget(self, how, pause):
        """Redis loses all that it holds."""
        self.log.note(f"Redis forgets: {how}")
        self.has_forgotten = True
        if how == "flush":
            self.redis.say("FLUSHALL")
            return
        self.redis.kill()
        time.sleep(pause)
        self.redis.start()

    def stop_redis(self, pause):
        self.log.note(f"Redis hangs for {pause:.3f} s")
        self.redis.pause()
        time.sleep(pause)
        self.redis.go_on()

    def wait_in_step(self):
        for node in self.nodes:
            eventually(lambda node=node: node.has_told_all(len(self.nodes)), f"node {node.at} is in step")
        self.has_forgotten = False

    def kill(self, node):
        """At any moment. What it answered 202 since it didn't reach Redis is lost with it, as 202 says: so it is told
        again. What stands in the log isn't lost."""
        self.log.note(f"node {node.at} is killed")
        node.kill()
        for view in self.views.values():
            view.say_again(node)
        node.start()
        self.log.note(f"node {node.at} is back")
