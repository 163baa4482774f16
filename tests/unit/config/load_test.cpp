// A good configuration with every key, value by value, and what stands where nothing is said.
#include "config/load.h"

#include "support.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <unistd.h>

namespace nearside::config {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr const char* every_key = R"yaml(
x-shared: &patient {connect: 1s, first_byte: 2s, total: 10s}
server:
  listen: "[::1]:9443"
  tls: {certificate: tls.crt, key: tls.key}
  threads: 4
  workers: auto
  drain_timeout: 20s
  name: edge-1
  limits:
    request_line: 4KiB
    header_bytes: 16KiB
    header_count: 50
    body: 64MiB
    connections: 1000
    header_timeout: 1s
    idle_timeout: 1m
    body_timeout: 2s
    write_timeout: 3s
  cors:
    origins: [https://app.example, "http://localhost:3000"]
    headers: [x-trace]
    credentials: true
    max_age: 1h30m
admin: {listen: "127.0.0.1:9081", token: "${TOKEN}"}
log: {level: warning, format: json, requests: true}
cache: {memory: 1GiB, max_entry: 256MiB, refresh_retry: 3s}
limits: {json_depth: 64, fan_out: 200, parallel: 32, calls: 5000, view_bytes: 10MB, run_bytes: 20MB, view_time: 20s}
upstreams:
  incl:
    url: https://API.example.nl:8443/base/
    connections: {warm: 4, max: 32, queue: 100, keep_alive: 30s}
    timeout: *patient
    circuit: {failures: 3, window: 2s, open_for: 1s}
    tls: {verify: false, ca: tls.crt, server_name: api.internal}
    max_response: 200MiB
    retries: 2
    forward: [Authorization, accept-language]
  open: {url: "http://[::1]:8000"}
routes:
  - {path: /api/**, upstream: incl}
  - {path: /open/*, upstream: open}
views:
  project-board:
    path: /views/projects/{id}
    query: {page: 1, status: null, q: ""}
    fresh: 5s
    stale: 10m
    stale_if_error: 1d
    scope: user
    upstream: incl
    steps:
      project: {get: "/api/projects/{id}/"}
      owner: {get: "/api/users/{project.owner_id}/", optional: true, timeout: 800ms, else: {name: "?"}, upstream: open}
      metrics: {each: "jobs[*]", as: job, get: "/api/jobs/{job.id}/metrics/", parallel: 16, max: 300}
    out:
      project: project
  plain:
    path: /views/plain
    scope: public
    steps: {a: {get: /a, upstream: open, optional: true, else: null}}
)yaml";

class good_configuration : public ::testing::Test {
protected:
    good_configuration() {
        folder_ = std::filesystem::path(::testing::TempDir()) / ("nearside_load_" + std::to_string(::getpid()));
        std::filesystem::create_directories(folder_);
        write("all.yaml", every_key);
        write("tls.crt", "-----BEGIN CERTIFICATE-----\n");
        write("tls.key", "-----BEGIN PRIVATE KEY-----\n");
        outcome_ = load((folder_ / "all.yaml").string(), environment_of({{"TOKEN", "secret-1"}}));
    }
    ~good_configuration() override { std::filesystem::remove_all(folder_); }

    void write(const std::string& name, const std::string& text) const { std::ofstream(folder_ / name) << text; }

    std::filesystem::path folder_;
    load_outcome outcome_;
};

TEST_F(good_configuration, is_not_complained_about) {
    EXPECT_THAT(lines_of(outcome_.complaints), IsEmpty());
    EXPECT_TRUE(outcome_.good());
}

TEST_F(good_configuration, gives_the_server_as_written) {
    const server_settings& server = outcome_.value.server;
    EXPECT_EQ(server.listen.host, "::1");
    EXPECT_EQ(server.listen.port, 9443);
    ASSERT_TRUE(server.tls);
    EXPECT_EQ(server.tls->certificate, (folder_ / "tls.crt").string());
    EXPECT_EQ(server.tls->key, (folder_ / "tls.key").string());
    EXPECT_EQ(server.threads, 4U);
    EXPECT_EQ(server.workers, 0U);
    EXPECT_EQ(server.drain_timeout, milliseconds(20'000));
    EXPECT_EQ(server.name, "edge-1");
    EXPECT_EQ(server.limits.request_line, 4096U);
    EXPECT_EQ(server.limits.header_bytes, 16'384U);
    EXPECT_EQ(server.limits.header_count, 50U);
    EXPECT_EQ(server.limits.body, 64U << 20U);
    EXPECT_EQ(server.limits.connections, 1000U);
    EXPECT_EQ(server.limits.header_timeout, milliseconds(1'000));
    EXPECT_EQ(server.limits.idle_timeout, milliseconds(60'000));
    EXPECT_EQ(server.limits.body_timeout, milliseconds(2'000));
    EXPECT_EQ(server.limits.write_timeout, milliseconds(3'000));
    ASSERT_TRUE(server.cors);
    EXPECT_THAT(server.cors->origins, ElementsAre("https://app.example", "http://localhost:3000"));
    EXPECT_THAT(server.cors->headers, ElementsAre("x-trace"));
    EXPECT_TRUE(server.cors->credentials);
    EXPECT_EQ(server.cors->max_age, milliseconds(5'400'000));
}

TEST_F(good_configuration, gives_the_process_as_written) {
    const settings& all = outcome_.value;
    EXPECT_EQ(all.admin.listen.host, "127.0.0.1");
    EXPECT_EQ(all.admin.listen.port, 9081);
    ASSERT_EQ(all.admin.tokens.size(), 1u);
    EXPECT_EQ(all.admin.tokens.front().token, "secret-1");
    EXPECT_EQ(all.log.level, log_level::warning);
    EXPECT_EQ(all.log.format, log_format::json);
    EXPECT_TRUE(all.log.requests);
    EXPECT_EQ(all.cache.memory, 1ULL << 30U);
    EXPECT_EQ(all.cache.max_entry, 256ULL << 20U);
    EXPECT_EQ(all.cache.refresh_retry, milliseconds(3'000));
    EXPECT_EQ(all.limits.json_depth, 64U);
    EXPECT_EQ(all.limits.fan_out, 200U);
    EXPECT_EQ(all.limits.parallel, 32U);
    EXPECT_EQ(all.limits.calls, 5000U);
    EXPECT_EQ(all.limits.view_bytes, 10'000'000U);
    EXPECT_EQ(all.limits.run_bytes, 20'000'000U);
    EXPECT_EQ(all.limits.view_time, milliseconds(20'000));
}

TEST_F(good_configuration, gives_upstreams_and_routes_as_written) {
    ASSERT_EQ(outcome_.value.upstreams.size(), 2U);
    const upstream_settings& incl = outcome_.value.upstreams[0];
    EXPECT_EQ(incl.name, "incl");
    EXPECT_EQ(incl.at.line, 30U);
    EXPECT_EQ(incl.url, "https://API.example.nl:8443/base/");
    EXPECT_EQ(incl.scheme, "https");
    EXPECT_EQ(incl.host, "api.example.nl");
    EXPECT_EQ(incl.port, 8443);
    EXPECT_EQ(incl.base_path, "/base");
    EXPECT_EQ(incl.warm_connections, 4U);
    EXPECT_EQ(incl.max_connections, 32U);
    EXPECT_EQ(incl.max_queue, 100U);
    EXPECT_EQ(incl.keep_alive, milliseconds(30'000));
    EXPECT_EQ(incl.timeout.connect, milliseconds(1'000));
    EXPECT_EQ(incl.timeout.first_byte, milliseconds(2'000));
    EXPECT_EQ(incl.circuit.failures, 3U);
    EXPECT_EQ(incl.circuit.window, milliseconds(2'000));
    EXPECT_EQ(incl.circuit.open_for, milliseconds(1'000));
    EXPECT_EQ(incl.timeout.total, milliseconds(10'000));
    EXPECT_FALSE(incl.tls.verify);
    EXPECT_EQ(incl.tls.ca_file, (folder_ / "tls.crt").string());
    EXPECT_EQ(incl.tls.server_name, "api.internal");
    EXPECT_EQ(incl.max_response, 200ULL << 20U);
    EXPECT_EQ(incl.retries, 2U);
    EXPECT_THAT(incl.forward, ElementsAre("authorization", "accept-language"));
    EXPECT_EQ(outcome_.value.upstreams[1].host, "::1");
    EXPECT_EQ(outcome_.value.upstreams[1].port, 8000);

    ASSERT_EQ(outcome_.value.routes.size(), 2U);
    EXPECT_EQ(outcome_.value.routes[0].path.value, "/api/**");
    EXPECT_EQ(outcome_.value.routes[0].upstream, "incl");
    EXPECT_EQ(outcome_.value.routes[1].upstream, "open");
}

TEST_F(good_configuration, gives_views_as_written) {
    ASSERT_EQ(outcome_.value.views.size(), 2U);
    const view_settings& board = outcome_.value.views[0];
    EXPECT_EQ(board.name, "project-board");
    EXPECT_EQ(board.path.value, "/views/projects/{id}");
    ASSERT_EQ(board.query.size(), 3U);
    EXPECT_EQ(board.query[0].name, "page");
    EXPECT_EQ(board.query[0].default_value, "1");
    EXPECT_EQ(board.query[1].default_value, std::nullopt);
    EXPECT_EQ(board.query[2].default_value, "");
    EXPECT_EQ(board.windows.fresh, milliseconds(5'000));
    EXPECT_EQ(board.windows.stale, milliseconds(600'000));
    EXPECT_EQ(board.windows.stale_if_error, milliseconds(86'400'000));
    EXPECT_EQ(board.scope, view_scope::user);
    EXPECT_EQ(board.upstream->value, "incl");
    ASSERT_TRUE(board.out);
    EXPECT_EQ(board.out->find("project")->text, "project");
    EXPECT_EQ(outcome_.value.views[1].scope, view_scope::everyone);
    EXPECT_FALSE(outcome_.value.views[1].out);
    EXPECT_FALSE(outcome_.value.views[1].windows.fresh);
}

TEST_F(good_configuration, gives_steps_as_written) {
    const std::vector<step_settings>& steps = outcome_.value.views.at(0).steps;
    ASSERT_EQ(steps.size(), 3U);
    EXPECT_EQ(steps[0].name, "project");
    EXPECT_EQ(steps[0].get.value, "/api/projects/{id}/");
    EXPECT_TRUE(steps[0].get.quoted);
    EXPECT_EQ(steps[0].get.at.column, 22U);
    EXPECT_FALSE(steps[0].each);
    EXPECT_FALSE(steps[0].optional);
    EXPECT_TRUE(steps[1].optional);
    EXPECT_EQ(steps[1].timeout, milliseconds(800));
    EXPECT_EQ(steps[1].otherwise->find("name")->text, "?");
    EXPECT_EQ(steps[1].upstream->value, "open");
    EXPECT_EQ(steps[2].each->value, "jobs[*]");
    EXPECT_EQ(steps[2].as.value, "job");
    EXPECT_EQ(steps[2].parallel, 16U);
    EXPECT_EQ(steps[2].max, 300U);
    EXPECT_EQ(outcome_.value.views[1].steps.at(0).otherwise->is, node::kind::null);
}

TEST_F(good_configuration, knows_which_upstream_a_step_asks) {
    const settings& all = outcome_.value;
    const view_settings& board = all.views.at(0);
    EXPECT_EQ(all.upstream_of(board, board.steps.at(0)), all.find_upstream("incl"));
    EXPECT_EQ(all.upstream_of(board, board.steps.at(1)), all.find_upstream("open"));
    EXPECT_EQ(all.find_upstream("none"), nullptr);
}

TEST(little_configuration, leaves_everything_else_at_its_default) {
    const load_outcome loaded = load_text("f",
                                          "server:\nupstreams:\n  api: {url: http://a}\nroutes:\n  - path: /x\n"
                                          "views:\n  v: {path: /v, steps: {s: {get: /}}}\n",
                                          environment_of({}));
    EXPECT_THAT(lines_of(loaded.complaints), IsEmpty());
    const settings defaults;
    EXPECT_EQ(loaded.value.server.listen.port, defaults.server.listen.port);
    EXPECT_EQ(loaded.value.cache.memory, defaults.cache.memory);
    EXPECT_EQ(loaded.value.upstreams.at(0).warm_connections, upstream_settings{}.warm_connections);
    EXPECT_EQ(loaded.value.upstreams.at(0).port, 80);
    EXPECT_EQ(loaded.value.routes.at(0).upstream, "api");
    const view_settings& view = loaded.value.views.at(0);
    EXPECT_EQ(loaded.value.upstream_of(view, view.steps.at(0))->name, "api");
    EXPECT_FALSE(view.scope);
    EXPECT_FALSE(view.steps.at(0).otherwise);
}

TEST(little_configuration, gives_way_where_only_one_of_two_bounds_is_written) {
    const load_outcome loaded =
        load_text("f",
                  "cache: {memory: 16MiB}\n"
                  "upstreams: {a: {url: http://a, connections: {max: 1}, timeout: {total: 1s}}}\n",
                  environment_of({}));
    EXPECT_THAT(lines_of(loaded.complaints), IsEmpty());
    EXPECT_EQ(loaded.value.cache.max_entry, 16ULL << 20U);
    EXPECT_EQ(loaded.value.upstreams.at(0).warm_connections, 1U);
    EXPECT_EQ(loaded.value.upstreams.at(0).timeout.connect, milliseconds(1'000));
    EXPECT_EQ(loaded.value.upstreams.at(0).timeout.first_byte, milliseconds(1'000));
}

TEST(broken_views, and_steps_that_cannot_be_read_are_marked) {
    const load_outcome loaded =
        load_text("f",
                  "upstreams: {a: {url: http://a}}\nviews:\n  no_get: {path: /a, steps: {s: {}}}\n"
                  "  no_path: {steps: {s: {get: /}}}\n"
                  "  bad_window: {path: /c, fresh: 5, steps: {s: {get: /}}}\n",
                  environment_of({}));
    EXPECT_EQ(loaded.complaints.size(), 3U);
    ASSERT_EQ(loaded.value.views.size(), 3U);
    EXPECT_FALSE(loaded.value.views[0].faulty);
    EXPECT_TRUE(loaded.value.views[0].steps.at(0).faulty);
    EXPECT_TRUE(loaded.value.views[1].faulty);
    EXPECT_FALSE(loaded.value.views[1].inputs_known);
    EXPECT_FALSE(loaded.value.views[2].faulty);
    EXPECT_FALSE(loaded.value.views[2].steps.at(0).faulty);
}

}  // namespace
}  // namespace nearside::config
