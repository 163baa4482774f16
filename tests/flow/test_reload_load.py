"""Many reloads under load: no request fails, no connection is closed, and nothing piles up."""

import threading

from answers import document
from configuration import configuration, view
from nearside import is_sanitized
from reloading import reload

RELOADS = 200
OFTEN = "calls_a_second: 100000"  # as fast as they go
CLIENTS = 8


def board(n):
    """Every second one has other bytes."""
    return view('a: {get: "/a"}', fresh="50ms", stale="1h", out="{a: a}" if n % 2 else "{b: a}")


class Load:
    """Clients that ask on one connection each, as fast as they can, until they are told to stop."""

    def __init__(self, nearside, targets):
        self._nearside = nearside
        self._targets = targets
        self._stop = threading.Event()
        self.failures = []
        self.answers = 0
        self._threads = [threading.Thread(target=self._run, args=(n,), daemon=True) for n in range(CLIENTS)]

    def _run(self, number):
        try:
            with self._nearside.connect() as connection:
                n = number
                while not self._stop.is_set():
                    answer = connection.get(self._targets[n % len(self._targets)])
                    if answer.status != 200 or "close" in answer.fields.members("connection"):
                        self.failures.append(answer)
                    self.answers += 1
                    n += 1
        except Exception as failure:  # whatever it is, the test tells it
            self.failures.append(failure)

    def __enter__(self):
        for each in self._threads:
            each.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        for each in self._threads:
            each.join()


def test_good_and_bad_files_in_turn(serve, upstream):
    upstream.on("/a", document({"n": 1}))
    upstream.otherwise(document({"n": 2}, cache_control="max-age=1"))
    route = 'routes: [{path: "/api/**", upstream: api}]'
    nearside = serve(board(0), route, admin=OFTEN)
    targets = ["/views/1", "/api/1", "/views/2", "/api/2", "/views/3"]
    taken = refused = 0
    with Load(nearside, targets) as load:
        for n in range(RELOADS):
            bad = n % 2 == 1
            text = configuration(upstream.url, board(n // 2), route, "nonsense: 1\n" if bad else "", admin=OFTEN)
            status = reload(nearside, text).status
            assert (status >= 400) == bad, status
            taken += not bad
            refused += bad
    assert not load.failures, load.failures[:3]
    assert load.answers > RELOADS
    metrics = nearside.metrics()
    assert metrics['nearside_reloads_total{outcome="taken"}'] == taken
    assert metrics['nearside_reloads_total{outcome="refused"}'] == refused
    assert metrics["nearside_generations"] <= 2


def test_memory_does_not_grow_with_reloads(serve, upstream):
    upstream.on("/a", document({"n": 1}))
    views = "".join(
        f'  v{n}:\n    path: /views/{n}/{{id}}\n    fresh: 1h\n    steps: {{a: {{get: "/a"}}}}\n' for n in range(100)
    )
    nearside = serve("views:\n" + views)

    def reload_often(times):
        for n in range(times):
            text = configuration(upstream.url, "views:\n" + views, f"limits: {{calls: {500 + n % 2}}}")
            assert reload(nearside, text).status == 200
            assert nearside.get("/views/1/7").status == 200
        return nearside.memory()

    warmed_up = reload_often(40)
    after = reload_often(120)
    assert nearside.metrics()["nearside_generations"] == 1
    # A generation of these is about half a megabyte.
    if not is_sanitized():
        assert after < warmed_up + 16 * 1024 * 1024, (warmed_up, after)


def test_several_ask_at_once(serve, upstream):
    upstream.on("/a", document({}))
    nearside = serve(board(0))
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(reload(nearside).status)) for _ in range(12)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert answers == [200] * 12
