"""The cache keeps to its bytes: what is used stays, what was asked for once makes room."""

from answers import by, document
from configuration import view
from nearside import is_sanitized

SIZE = 20_000
BOARD = view('a: {get: "/a/{id}"}', out="a: a")
MIB = 1024 * 1024


def sized(upstream):
    upstream.otherwise(by(lambda request: document('{"target":"%s","pad":"%s"}' % (request.target, "x" * SIZE))))


def test_more_than_fits_is_served_and_the_oldest_are_made_anew(serve, upstream):
    sized(upstream)
    nearside = serve(BOARD, "cache: {memory: 1MiB, max_entry: 512KiB}")
    with nearside.connect() as connection:
        for number in range(200):  # 4 MB
            assert connection.get(f"/views/{number}").status == 200
        before = upstream.count()
        for number in range(200):
            assert connection.get(f"/views/{number}").json()["a"]["target"] == f"/a/{number}"
        made_anew = upstream.count() - before
    assert made_anew >= 200 - MIB // SIZE


def test_what_is_in_use_survives_a_scan(serve, upstream):
    sized(upstream)
    nearside = serve(BOARD, "cache: {memory: 2MiB, max_entry: 512KiB}")
    with nearside.connect() as connection:
        for _ in range(3):
            for number in range(5):
                connection.get(f"/views/hot{number}")
        for number in range(300):
            connection.get(f"/views/{number}")
            if number % 20 == 0:
                for hot in range(5):
                    connection.get(f"/views/hot{hot}")
        asked = [target for target in upstream.targets() if "hot" in target]
    assert len(asked) == 5


def test_memory_stays_bounded_under_churn(serve, upstream):
    sized(upstream)
    nearside = serve(BOARD, "cache: {memory: 4MiB, max_entry: 1MiB}")
    with nearside.connect() as connection:
        for number in range(300):
            connection.get(f"/views/{number}")
        settled = nearside.memory()
        for number in range(300, 1500):  # 24 MB more
            connection.get(f"/views/{number}")
    if not is_sanitized():
        assert nearside.memory() - settled < 8 * MIB


def test_an_entry_over_max_entry_is_served_and_not_kept(serve, upstream):
    upstream.on("/a/7", document('"' + "x" * 200_000 + '"'))
    nearside = serve(BOARD, "cache: {memory: 4MiB, max_entry: 100KiB}")
    first = nearside.get("/views/7")
    assert first.status == 200
    assert "stored" not in first.cache_status
    assert nearside.get("/views/7").body == first.body
    assert upstream.count() == 2


def test_entries_of_many_megabytes(serve, upstream):
    rows = ",".join('{"id":%d,"x":1.50}' % at for at in range(1_500_000))
    upstream.on("/a/7", document(f"[{rows}]"))
    nearside = serve(BOARD)
    first = nearside.get("/views/7")
    assert len(first.body) > 25 * MIB
    second = nearside.get("/views/7")
    assert second.is_hit
    assert second.body == first.body
    assert nearside.get("/views/7", if_none_match=first["etag"]).status == 304
