// Broken configurations, each with all that is told about it: where, what, and the mend.
#include "support.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <vector>

namespace nearside::config {
namespace {

struct broken {
    const char* story;
    const char* text;
    std::vector<std::string> told;
};

void PrintTo(const broken& of, std::ostream* out) {
    *out << of.story;
}

class broken_configuration : public ::testing::TestWithParam<broken> {};

TEST_P(broken_configuration, is_told_with_place_and_mend) {
    EXPECT_THAT(complaints_about(GetParam().text), ::testing::ElementsAreArray(GetParam().told));
}

std::vector<broken> text_and_yaml() {
    return {
        {"empty", "", {"1:1: the file is empty; give it sections such as `upstreams` and `views`"}},
        {"only_comments",
         "# nothing\n\n",
         {"1:1: the file is empty; give it sections such as `upstreams` and `views`"}},
        {"a_list",
         "- server\n- admin\n",
         {"1:1: a configuration file must be a mapping, not a list; write `name: value` lines below it"}},
        {"not_utf8", "server:\n  name: a\xFFz\n", {"2:10: not UTF-8; save the file as UTF-8"}},
        {"control_character",
         "server:\n  name: \"\xED\x95\x9C\x07\"\n",
         {"2:11: a control character; remove it, or write it as an escape in double quotes"}},
        {"unclosed_bracket",
         "upstreams:\n  api: {url: http://a, forward: [x\n",
         {"3:1: not YAML: end of sequence flow not found; close every `{` and `[`, and quote a value that holds one of "
          "them, such as \"${NAME}\""}},
        {"wrong_indentation",
         "server:\n  name: a\n threads: 2\n",
         {"3:2: not YAML: end of map not found; check the indentation: the lines of one block start in one column"}},
        {"unknown_anchor",
         "server: *nobody\n",
         {"1:9: not YAML: the referenced anchor is not defined; name it with `&` before it is used with `*`"}},
        {"second_document",
         "log: {level: info}\n---\nlog: {level: debug}\n",
         {"2:1: a second document in one file; keep one, or split with `include`"}},
        {"key_given_twice",
         "log:\n  level: info\n  format: text\n  level: debug\n",
         {"4:3: `level` is given twice, first at f:2:3; keep one of the two"}},
        {"key_is_no_name",
         "log:\n  [a, b]: info\n  ~: text\n",
         {"2:3: a key must be a name, not a list; write `name: value`, and quote a name such as \"null\"",
          "3:3: a key must be a name, not nothing; write `name: value`, and quote a name such as \"null\""}},
        {"tag", "log:\n  level: !custom info\n", {"2:10: the tag `!custom` means nothing here; remove it"}},
        {"merge_key_of_a_scalar",
         "x-a: &a 5\nlog:\n  <<: *a\n",
         {"1:6: `<<` needs a mapping, not a single value; write `<<: *name` with the name of an anchored mapping"}},
        {"alias_of_itself", "x-a: &a [1, *a]\n", {"1:13: an alias inside its own anchor; write it out"}},
        {"unknown_section",
         "sever:\n  listen: :80\nviewz: {}\nzzz: 1\n",
         {"1:1: unknown section `sever`; did you mean `server`?", "3:1: unknown section `viewz`; did you mean `views`?",
          "4:1: unknown section `zzz`; known here: `server`, `admin`, `cache`, `log`, `limits`, `streams`, "
          "`webhooks`, `include`, `upstreams`, `routes`, `views`"}},
        {"include_without_files",
         "include: [more.yaml, {a: b}]\n",
         {"1:11: cannot read `more.yaml`: no such file; check the path",
          "1:22: `include` needs the path of a file; write `include: [views/*.yaml]`"}},
    };
}

std::vector<broken> process_sections() {
    return {
        {"section_of_the_wrong_kind",
         "server: 5\nupstreams: [a]\nroutes: {}\n",
         {"1:9: `server` must be a mapping, not a single value; write `name: value` lines below it",
          "2:12: `upstreams` must be a mapping, not a list; write `name: value` lines below it",
          "3:9: `routes` must be a list, not a mapping; write `- ` items below it"}},
        {"misspelt_keys",
         "server:\n  lisen: 0.0.0.0:80\n  drain-timeout: 5s\ncache:\n  mem: 1GiB\n",
         {"2:3: unknown key `lisen` in `server`; did you mean `listen`?",
          "3:3: unknown key `drain-timeout` in `server`; did you mean `drain_timeout`?",
          "5:3: unknown key `mem` in `cache`; did you mean `memory`?"}},
        {"listen_addresses",
         "server: {listen: 8080}\nadmin: {listen: \"::1:8081\"}\n",
         {"1:18: `8080` is no address to listen on; write an address and a port: `0.0.0.0:8080`, `127.0.0.1:8080` or "
          "`[::1]:8080`",
          "2:17: `::1:8081` is no address to listen on: an IPv6 address goes in brackets; write an address and a port: "
          "`0.0.0.0:8080`, `127.0.0.1:8080` or `[::1]:8080`"}},
        {"listen_port",
         "server: {listen: \"0.0.0.0:65536\"}\n",
         {"1:18: `0.0.0.0:65536` is no address to listen on: a port is a number from 0 to 65535; write an address and "
          "a "
          "port: `0.0.0.0:8080`, `127.0.0.1:8080` or `[::1]:8080`"}},
        {"both_listeners_on_one_port",
         "server: {listen: \":9000\"}\nadmin: {listen: \"127.0.0.1:9000\"}\n",
         {"2:17: `server` and `admin` listen on the same port; give one of them another port"}},
        {"server_where_admin_is_by_default",
         "server: {listen: \":8081\"}\n",
         {"1:18: `server` and `admin` listen on the same port; give one of them another port"}},
        {"a_path_that_is_nearsides_own",
         "upstreams: {a: {url: http://a}}\nroutes: [{path: /stream}, {path: /**}]\n"
         "views: {v: {path: /openapi.json, steps: {s: {get: /}}}}\n",
         {"2:17: the path `/stream` is never reached: streams are asked for there; give it another path, or turn "
          "streams off with `streams: {max: 0}`"}},
        {"a_route_without_a_path",
         "upstreams: {a: {url: http://a}}\nroutes: [{path: b, upstream: aa}]\n",
         {"2:17: the path `b` cannot be served: it does not start with `/`; write it like `/api/**`, "
          "`/api/jobs/*` or `/api/jobs/`",
          "2:30: there is no upstream `aa`; did you mean `a`?"}},
        {"half_of_tls",
         "server:\n  tls: {certificate: a.crt}\n",
         {"2:8: `server.tls` has no `key`; name a PEM file with the private key",
          "2:22: cannot read `a.crt`: no such file; give the path of a PEM file that nearside's user may read"}},
        {"durations",
         "server:\n  drain_timeout: 5\n  limits:\n    idle_timeout: -3s\n    body_timeout: 1m2h\n    write_timeout: "
         "0s\n"
         "    header_timeout: 99999999999d\n",
         {"2:18: `5` is not a duration; give it a unit: `5s` or `5ms`",
          "4:19: `-3s` is not a duration; a duration cannot be negative; write one such as `5s`",
          "5:19: `1m2h` is not a duration; write larger units first, each once: `1h30m`",
          "6:20: `write_timeout` of `server.limits` is too short; write `1ms` or longer",
          "7:21: the duration `99999999999d` is too long; 100 years is the longest"}},
        {"sizes",
         "cache:\n  memory: 64k\n  max_entry: lots\nlimits:\n  view_bytes: 0\nserver:\n  limits: {body: 99999999TiB}\n",
         {"2:11: `64k` is not a size; say which: `64KiB` or `64kB`",
          "3:14: `lots` is not a size; write a whole number and a unit: `64KiB`, `512MiB`, `2GiB`, or `10MB`",
          "5:15: `view_bytes` of `limits` is too small; write `1B` or more",
          "7:18: the size `99999999TiB` is too large; write a whole number and a unit: `64KiB`, `512MiB`, `2GiB`, or "
          "`10MB`"}},
        {"entry_larger_than_the_cache",
         "cache: {memory: 64MiB, max_entry: 65MiB}\n",
         {"1:35: `max_entry` is larger than `memory`; make it smaller, or `memory` larger"}},
        {"numbers_and_booleans",
         "server: {threads: many, workers: 0}\nlog: {requests: yes}\nlimits: {json_depth: 99999, fan_out: 1.5}\n",
         {"1:19: `many` is not a whole number; write digits alone, such as `16`",
          "1:34: `workers` of `server` is out of range; write a number from 1 to 1024",
          "2:17: `yes` is neither true nor false; write `true` or `false`",
          "3:22: `json_depth` of `limits` is out of range; write a number from 1 to 4096",
          "3:38: `1.5` is not a whole number; write digits alone, such as `16`"}},
        {"choices",
         "log: {level: verbose, format: xml}\n",
         {"1:14: `verbose` is no `level` of `log`; write one of `debug`, `info`, `warning`, `error`, `off`",
          "1:31: `xml` is no `format` of `log`; write one of `text`, `json`"}},
        {"no_value",
         "log:\n  level:\ncache: {memory: [1]}\nadmin: {token: {a: b}}\n",
         {"2:3: `level` of `log` has no value; give it one, or leave the key out",
          "3:17: `memory` of `cache` must be a single value, not a list; write `memory: value`",
          "4:16: `token` of `admin` must be a single value, not a mapping; write `token: value`"}},
        {"token_with_spaces",
         "admin: {token: \"hush hush\"}\n",
         {"1:16: `token` of `admin` cannot be sent as a bearer token; use letters, digits and `-._~+/=`"}},
        {"cors",
         "server:\n  cors:\n    origins: [\"*\", https://a.example/path]\n    headers: [\"x y\"]\n    credentials: "
         "true\n",
         {"3:20: `https://a.example/path` is not an origin; write `https://app.example` or \"*\"",
          "4:15: `x y` is not the name of a header; write `x-request-id`",
          "5:18: `credentials: true` does not work with the origin `*`; list the origins"}},
        {"redis_url",
         "cache: {redis: \"http://127.0.0.1:6379/0\"}\n",
         {"1:16: `redis` is no address of Redis: its scheme is none of redis, rediss, unix, redis+sentinel and "
          "redis+cluster; write `redis://host:6379/0`, `unix:///run/redis.sock` or `redis+sentinel://host/primary`"}},
        {"name_for_via",
         "server: {name: near side}\n",
         {"1:16: `near side` cannot stand in a Via header; use letters, digits, `-`, `_` and `.`"}},
    };
}

std::vector<broken> upstreams_and_routes() {
    return {
        {"upstream_urls",
         "upstreams:\n  a: {url: api.example}\n  b: {url: ftp://x}\n  c: {}\n  d: {url: \"http://\"}\n"
         "  e: {url: \"http://h:0\"}\n  f: {url: \"http://h/p?q\"}\n  g: {url: \"http://300.1.1.1\"}\n"
         "  h: {url: \"https://h/a/../b\"}\n",
         {"2:12: `api.example` is not the URL of an upstream: it has no scheme; write `https://host`, "
          "`http://host:port` or `https://host/prefix`",
          "3:12: `ftp://x` is not the URL of an upstream: its scheme is neither http nor https; write `https://host`, "
          "`http://host:port` or `https://host/prefix`",
          "4:3: upstream `c` has no `url`; write `url: https://api.example`",
          "5:12: `http://` is not the URL of an upstream: it has no host; write `https://host`, `http://host:port` or "
          "`https://host/prefix`",
          "6:12: `http://h:0` is not the URL of an upstream: a port is a number from 1 to 65535; write `https://host`, "
          "`http://host:port` or `https://host/prefix`",
          "7:12: `http://h/p?q` is not the URL of an upstream: it has a query; write `https://host`, "
          "`http://host:port` or `https://host/prefix`",
          "8:12: `http://300.1.1.1` is not the URL of an upstream: its host is neither a name nor an address; write "
          "`https://host`, `http://host:port` or `https://host/prefix`",
          "9:12: `https://h/a/../b` is not the URL of an upstream: it has a dot segment; write `https://host`, "
          "`http://host:port` or `https://host/prefix`"}},
        {"password_in_a_url_is_not_repeated",
         "upstreams: {a: {url: \"https://me:hush@h\"}}\n",
         {"1:22: the URL of an upstream holds a user or password; send credentials as headers: `forward: "
          "[authorization]`"}},
        {"upstream_figures",
         "upstreams:\n  api:\n    url: http://a\n    connections: {warm: 65, warn: 1}\n"
         "    timeout: {connect: 0ms, first_byte: 40s}\n    retries: 11\n    tls: {verify: false}\n",
         {"4:25: `warm` is more than `max`; make it less, or `max` more",
          "4:29: unknown key `warn` in `connections` of upstream `api`; did you mean `warm`?",
          "5:24: `connect` of `timeout` of upstream `api` is too short; write `1ms` or longer",
          "5:41: `first_byte` is longer than `total`; make it `30s` or shorter, or `total` longer",
          "6:14: `retries` of upstream `api` is out of range; write a number from 0 to 10",
          "7:10: `tls` of upstream `api` has no use: its url is plain http; write `url: https://...`, or remove it"}},
        {"headers_never_forwarded",
         "upstreams:\n  api:\n    url: http://a\n    forward: [Host, accept, ACCEPT, If-None-Match, \"a b\", [x]]\n",
         {"4:15: the header `host` cannot be forwarded: it is the upstream's own name; remove it",
          "4:29: the header `accept` is listed twice; list it once",
          "4:37: the header `if-none-match` cannot be forwarded: nearside makes its own conditional requests; remove "
          "it",
          "4:52: `a b` is not the name of a header; write `authorization`",
          "4:59: an item of `forward` must be text, not a list; write `forward: [value, value]`"}},
        {"upstream_misspelt",
         "upstreams:\n  incl: {url: http://a}\nroutes:\n  - {path: /api/**, upstream: icnl}\n",
         {"4:31: there is no upstream `icnl`; did you mean `incl`?"}},
        {"route_paths",
         "upstreams: {a: {url: http://a}}\nroutes:\n  - {path: api/**, upstream: a}\n  - {path: /api/**/x, upstream: "
         "a}\n"
         "  - {path: /api/j*, upstream: a}\n  - {path: \"/api/{id}x\", upstream: a}\n  - {path: /a//b, upstream: a}\n"
         "  - {path: /a%2, upstream: a}\n  - {upstream: a}\n  - 5\n",
         {"3:12: the path `api/**` cannot be served: it does not start with `/`; write it like `/api/**`, "
          "`/api/jobs/*` or `/api/jobs/`",
          "4:12: the path `/api/**/x` cannot be served: `**` stands before its end; write it like `/api/**`, "
          "`/api/jobs/*` or `/api/jobs/`",
          "5:12: the path `/api/j*` cannot be served: `*` and `**` are whole segments; write it like `/api/**`, "
          "`/api/jobs/*` or `/api/jobs/`",
          "6:12: the path `/api/{id}x` cannot be served: a `{name}` in it is not a whole segment; write it like "
          "`/api/**`, `/api/jobs/*` or `/api/jobs/`",
          "7:12: the path `/a//b` cannot be served: it has an empty segment; write it like `/api/**`, `/api/jobs/*` or "
          "`/api/jobs/`",
          "8:12: the path `/a%2` cannot be served: a `%` in it is not followed by two hexadecimal digits; write it "
          "like `/api/**`, `/api/jobs/*` or `/api/jobs/`",
          "9:5: a route has no `path`; write `path: /api/**`",
          "10:5: a route must be a mapping, not a single value; write `name: value` lines below it"}},
        {"same_route_twice",
         "upstreams: {a: {url: http://a}}\nroutes:\n  - {path: /x, upstream: a}\n  - {path: /x, upstream: a}\n",
         {"4:12: the path `/x` is served already, by f:3:12; give it another path, or remove one of the two"}},
        {"route_that_does_not_say_which_upstream",
         "upstreams: {a: {url: http://a}, b: {url: http://b}}\nroutes:\n  - path: /x\n",
         {"3:5: route `/x` does not say which upstream it is for; add `upstream: a`"}},
        {"same_route_with_another_name_for_its_segment",
         "upstreams: {a: {url: http://a}}\nroutes:\n  - {path: /x/*}\n  - {path: \"/x/{id}\"}\n",
         {"4:12: the path `/x/{id}` is served already, by f:3:12; give it another path, or remove one of the two"}},
    };
}

std::vector<broken> views_and_steps() {
    return {
        {"view_without_anything",
         "upstreams: {a: {url: http://a}}\nviews:\n  board: {}\n  empty:\n  list: [1]\n",
         {"3:3: view `board` has no `path`; write `path: /views/board`",
          "3:3: view `board` has no `steps`; write `steps: {name: {get: /path}}`",
          "4:3: view `empty` has nothing in it; give it a `path` and `steps`",
          "5:9: view `list` must be a mapping, not a list; write `name: value` lines below it"}},
        {"view_paths",
         "upstreams: {a: {url: http://a}}\nviews:\n  a: {path: \"/v/{id}x\", steps: {s: {get: /}}}\n"
         "  b: {path: \"/v/{id}/{id}\", steps: {s: {get: /}}}\n  c: {path: /v/*, steps: {s: {get: /}}}\n"
         "  d: {path: \"/v/{a b}\", steps: {s: {get: /}}}\n  e: {path: \"/v/%2E%2e/x\", steps: {s: {get: /}}}\n",
         {"3:13: the path `/v/{id}x` cannot be served: a `{name}` in it is not a whole segment; write it like "
          "`/views/projects/{id}`",
          "4:13: the path `/v/{id}/{id}` cannot be served: `id` is in it twice; give each parameter its own name",
          "5:13: the path `/v/*` cannot be served: only routes take `*`; write it like `/views/projects/{id}`",
          "6:13: the path `/v/{a b}` cannot be served: `a b` is not a name; use letters, digits, `_` and `-` between "
          "the braces",
          "7:13: the path `/v/%2E%2e/x` cannot be served: it has a dot segment; write it like `/views/projects/{id}`"}},
        {"same_path_under_other_names",
         "upstreams: {a: {url: http://a}}\nviews:\n  one: {path: \"/v/{id}\", steps: {s: {get: /}}}\n"
         "  two: {path: \"/v/{name}\", steps: {s: {get: /}}}\n",
         {"4:15: the path `/v/{name}` is served already, by f:3:15; give it another path, or remove one of the two"}},
        {"query",
         "upstreams: {a: {url: http://a}}\nviews:\n  v:\n    path: /v/{id}\n    query:\n      id: 1\n      9x: 1\n"
         "      page: [1]\n    steps: {s: {get: /}}\n",
         {"6:7: `id` is a parameter of the path already; rename one of the two",
          "7:7: `9x` is no name for a query parameter; use letters, digits, `_` and `-`, so that steps can say "
          "`{name}`",
          "8:13: the default of `page` must be a single value or null, not a list; write `page: 1` or `page: null`"}},
        {"windows_and_scope",
         "upstreams: {a: {url: http://a}}\nviews:\n  v:\n    path: /v\n    fresh: 5\n    stale: -1s\n    scope: group\n"
         "    steps: {s: {get: /}}\n",
         {"5:12: `5` is not a duration; give it a unit: `5s` or `5ms`",
          "6:12: `-1s` is not a duration; a duration cannot be negative; write one such as `5s`",
          "7:12: `group` is no `scope` of view `v`; write one of `user`, `public`"}},
        {"too_many_tags_of_a_view",
         "upstreams: {a: {url: http://a}}\nviews:\n  v:\n    path: /v\n    tags: [a, b, c, d, e, f, g, h, i, j, k, l, "
         "m,"
         " n, o, p, q, r, s, t, u, v, w, x, y, z, a2, b2, c2, d2, e2, f2, g2]\n"
         "    steps:\n      s: {get: /}\n",
         {"5:11: `tags` of view `v` lists more than 32; use fewer: a `[*]` in one gives a tag for each item"}},
        {"warm_without_what_a_visit_has",
         "upstreams: {a: {url: http://a}}\nviews:\n  v:\n    path: /v/{id}\n    query: {page: {type: integer, max: "
         "9}}\n"
         "    warm:\n      - {}\n      - {id: null, page: 10}\n      - {id: [1, 2]}\n      - 7\n      - {ident: 1, id: "
         "2}\n"
         "    steps: {s: {get: /}}\n",
         {"7:9: this item of `warm` does not say what `id` is; add it, as in `id: 1`",
          "8:10: `id` is a segment of the path and can't be empty; give it a value",
          "8:26: `page` must be a whole number of at most 9; give it a value that a client could send",
          "9:9: this item of `warm` does not say what `id` is; add it, as in `id: 1`",
          "9:14: `id` of view `v`, item 3 of `warm` must be a single value, not a list; write one item for each set of "
          "parameters: `warm: [{id: 1}, {id: 2}]`",
          "10:9: view `v`, item 4 of `warm` must be a mapping, not a single value; write `name: value` lines below it",
          "11:10: `ident` is no input of this view, and no header that is forwarded; known here: `id`, `page`"}},
        {"warm_that_no_client_sends",
         "upstreams: {a: {url: http://a, forward: [accept-language]}}\nviews:\n  v:\n    path: /v/{id}\n    "
         "headers: {l: {header: x-l}}\n    warm:\n      - {id: ..}\n      - {id: .}\n      - {id: ..., l: \"a\\nb\", "
         "accept-language: "
         "\"\\x07\"}\n      - {each: \"a[*]\", as: x, of: {get: /a}, with: {id: .., l: \"{x.l}\"}}\n"
         "    steps: {s: {get: /}}\n",
         {"7:14: `id` is a segment of the path and can't be `..`; give it another value: no client sends this as a "
          "segment",
          "8:14: `id` is a segment of the path and can't be `.`; give it another value: no client sends this as a "
          "segment",
          "9:22: `l` is a header and can't hold control characters; give it a value that a client could send",
          "9:47: `accept-language` is a header and can't hold control characters; give it a value that a client could "
          "send",
          "10:57: `id` is a segment of the path and can't be `..`; give it another value: no client sends this as a "
          "segment"}},
        {"warm_list",
         "upstreams: {a: {url: http://a}}\nviews:\n  v:\n    path: /v/{id}\n    warm:\n      - {of: {}}\n"
         "      - {each: \"a[*]\", as: x y, of: {get: /a, else: 1, optional: true}, with: 1, every: 5, max: 0, ever: "
         "1s}\n"
         "      - {each: \"a[*]\", as: x}\n    steps: {s: {get: /}}\n",
         {"6:9: view `v`, item 1 of `warm` has no `as`; give the item a name, such as `as: item`",
          "6:9: view `v`, item 1 of `warm` has no `each`; say where the items are, as in `each: \"results[*]\"`",
          "6:9: view `v`, item 1 of `warm` has no `with`; say what the parameters are, as in `with: {id: "
          "\"{item.id}\"}`",
          "6:14: step `of` has no `get`; write `get: /path`",
          "7:28: `x y` is a name that no reference can use; use letters, digits, `_` and `-`",
          "7:47: `else` has no use in the call that brings a list of `warm`; remove it; `each`, `as` and `max` stand "
          "beside `of`, and where the call fails the last list stays",
          "7:56: `optional` has no use in the call that brings a list of `warm`; remove it; `each`, `as` and `max` "
          "stand beside `of`, and where the call fails the last list stays",
          "7:79: `with` of view `v`, item 2 of `warm` must be a mapping, not a single value; write `with: {name: "
          "value}`",
          "7:89: `5` is not a duration; give it a unit: `5s` or `5ms`",
          "7:97: `max` of view `v`, item 2 of `warm` is out of range; write a number from 1 to 10000",
          "7:100: unknown key `ever` in view `v`, item 2 of `warm`; did you mean `every`?",
          "8:9: view `v`, item 3 of `warm` has no `of`; say which call brings the list, as in `of: {get: "
          "/api/projects/}`",
          "8:9: view `v`, item 3 of `warm` has no `with`; say what the parameters are, as in `with: {id: "
          "\"{x.id}\"}`"}},
        {"warm_of_users",
         "upstreams: {a: {url: http://a, forward: [x-token]}}\nviews:\n  v:\n    path: /v\n    warm: [{}]\n"
         "    steps: {s: {get: /}}\n",
         {"5:12: `warm` renews without a visit, so for no user, and upstream `a` of this view is sent each user's own "
          "credentials; take the steps from an upstream that forwards no credentials, or write `refresh: "
          "{while_used_within: 10m}` instead"}},
        {"warm_of_claims",
         "upstreams: {a: {url: http://a}}\nviews:\n  v:\n    path: /v\n    claims: {uid: sub}\n    warm: [{}]\n"
         "    steps: {s: {get: /}}\n",
         {"6:12: `warm` and `claims` exclude each other: without a visit there is no token; remove one of the two"}},
        {"inputs",
         "upstreams: {a: {url: http://a}}\nviews:\n  v:\n    path: /v\n    query:\n"
         "      page: {type: integer, default: x, min: 1}\n      q: {type: text}\n      r: {required: true, default: "
         "1}\n"
         "      s: {max: 3}\n    headers:\n      tok: {header: Authorization}\n      page: {header: x-p}\n      h: {}\n"
         "    claims: {uid: [sub]}\n    steps: {s: {get: /}}\n",
         {"6:38: the default of `page` must be a whole number of at least 1; give it a value that a client could send",
          "7:17: `text` is no `type` of query parameter `q`; write one of `string`, `integer`, `number`, `boolean`",
          "8:36: a required input is never its default; keep one of `required` and `default`",
          "9:16: `max` bounds numbers only; add `type: integer` or `type: number`, or remove it",
          "11:7: `authorization` is a credential, and inputs are written into keys and logs; let the upstream "
          "`forward` "
          "it; what a token says of its user is an input of `claims`",
          "12:7: `page` is an input already; rename one of the two",
          "13:10: header input `h` has no `header`; say which one, as in `header: x-name`",
          "14:19: `uid` does not say which claim it is; write `uid: {claim: ..}`"}},
        {"pages",
         "upstreams: {a: {url: http://a}}\nviews:\n  v:\n    path: /v\n    steps:\n"
         "      a: {get: /, pages: {items: results}}\n      b: {get: /, pages: {next: next, itms: x, max: 0}}\n"
         "      c: {get: /, pages: yes}\n",
         {"6:26: `pages` has no `next`; say where a page tells the next one, as in `next: next`",
          "7:26: `pages` has no `items`; say where a page has its items, as in `items: results`",
          "7:39: unknown key `itms` in `pages`; did you mean `items`?",
          "7:53: `max` of `pages` is out of range; write a number from 1 to 1000000",
          "8:26: `pages` of step `c` must be a mapping, not a single value; write `pages: {name: value}`"}},
        {"steps",
         "upstreams: {a: {url: http://a}}\nviews:\n  v:\n    path: /v\n    steps:\n      a: {gte: /}\n      1b: {get: "
         "/}\n"
         "      c: {get: /, parallel: 0, max: 5}\n      d: {get: /, else: null, timeout: 0s}\n"
         "      e: {get: \"\", optional: maybe}\n      f:\n      true: {get: /}\n",
         {"6:7: step `a` has no `get`; write `get: /path`", "6:11: unknown key `gte` in step `a`; did you mean `get`?",
          "7:7: `1b` is a name that no reference can use; use letters, digits, `_` and `-`",
          "8:29: `parallel` has no use without `each`; add `each`, or remove it",
          "8:29: `parallel` of step `c` is out of range; write a number from 1 to 1000000",
          "8:37: `max` has no use without `each`; add `each`, or remove it",
          "9:19: `else` of step `d` has no use: the step is not optional; add `optional: true`, or remove it",
          "9:40: `timeout` of step `d` is too short; write `1ms` or longer",
          "10:16: `get` of step `e` is empty; give it a value, or leave the key out",
          "10:30: `maybe` is neither true nor false; write `true` or `false`",
          "11:7: step `f` has nothing in it; give it a `get`",
          "12:7: `true` is a name that no reference can use; use letters, digits, `_` and `-`"}},
        {"which_upstream",
         "upstreams: {one: {url: http://a}, two: {url: http://b}}\nviews:\n  v:\n    path: /v\n    steps:\n"
         "      a: {get: /}\n      b: {get: /, upstream: tow}\n      c: {get: /, upstream: one}\n  w:\n    path: /w\n"
         "    upstream: three\n    steps: {a: {get: /}}\n",
         {"6:7: step `a` does not say which upstream it is for; add `upstream: one`",
          "7:29: there is no upstream `tow`; did you mean `two`?",
          "11:15: there is no upstream `three`; known here: `one`, `two`"}},
        {"no_upstream_at_all",
         "views: {v: {path: /v, steps: {a: {get: /}}}}\n",
         {"1:31: step `a` has no upstream to ask; add one under `upstreams`"}},
        {"public_over_credentials",
         "upstreams:\n  api: {url: http://a, forward: [Accept-Language, Authorization, X-Api-Key]}\n"
         "  open: {url: http://b, forward: [accept-language]}\nviews:\n  leaky:\n    path: /a\n    scope: public\n"
         "    steps: {a: {get: /, upstream: open}, b: {get: /, upstream: api}, c: {get: /, upstream: api}}\n"
         "  fine: {path: /b, scope: public, upstream: open, steps: {a: {get: /}}}\n",
         {"7:12: `scope: public` would show everybody what upstream `api` sent to one user: it forwards "
          "`authorization`, `x-api-key`; write `scope: user`, or take the steps from an upstream that forwards no "
          "credentials"}},
    };
}

const auto story = [](const ::testing::TestParamInfo<broken>& info) { return std::string(info.param.story); };

INSTANTIATE_TEST_SUITE_P(text, broken_configuration, ::testing::ValuesIn(text_and_yaml()), story);
INSTANTIATE_TEST_SUITE_P(process, broken_configuration, ::testing::ValuesIn(process_sections()), story);
INSTANTIATE_TEST_SUITE_P(upstreams, broken_configuration, ::testing::ValuesIn(upstreams_and_routes()), story);
INSTANTIATE_TEST_SUITE_P(views, broken_configuration, ::testing::ValuesIn(views_and_steps()), story);

}  // namespace
}  // namespace nearside::config
