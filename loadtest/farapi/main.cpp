// farapi: a REST API in a far region, simulated.
#include "core/clock.h"
#include "loadtest/farapi/query.h"
#include "loadtest/farapi/server.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <cstdio>

namespace {

namespace farapi = nearside::farapi;

constexpr const char* footer = R"(
Who asks: `Authorization: Token <username>-token` (minji, joris, seoyeon, daan, jihoon, sanne, hyunwoo, zoe), or
`Token staff-token`, who sees everything. A user sees projects they own or are a member of; the rest is 404.

  GET   /api/users/  /api/users/{id}/                      ids from 1
  GET   /api/projects/?owner=  /api/projects/{id}/         ids from 101     PATCH {"name": ...}
  GET   /api/jobs/?project=&page=&page_size=               ids from 10001   POST {"project": id, "name": ...}
  GET   /api/jobs/{id}/                                    PATCH {"name": ...}
  GET   /api/jobs/{id}/metrics/?points=                    up to 1000000 points, about 50 MB
  POST  /api/jobs/{id}/stop/

For tests:
  GET, DELETE        /_control/counts   what was asked; DELETE tells and resets
  GET, POST, DELETE  /_control/faults   e.g. [{"path": "/api/jobs/*/metrics/", "kind": "status", "status": 503, "nth": 2}]
  POST               /_control/clock    {"seconds": 60} moves the story ahead
  DELETE             /_control/state    forgets all writes
Faults have `kind`, and where it makes sense: path (`*` a segment, `**` anything), method, query (a part of it),
nth (from which request on), count (how often; with nth alone: once), delay_ms, stall_ms, status, at (byte of the body),
items, retry_after, body, content_type, location. Kinds: )";

bool split_address(const std::string& text, std::string& host, std::uint16_t& port) {
    const auto colon = text.rfind(':');
    if (colon == std::string::npos) return false;
    const auto number = farapi::parse_whole(std::string_view(text).substr(colon + 1));
    if (!number || *number > 65'535) return false;
    host = text.substr(0, colon);
    port = static_cast<std::uint16_t>(*number);
    return true;
}

}  // namespace

int main(int argc, char** argv) try {
    farapi::world_options data;
    farapi::api_options rest_options;
    farapi::server_options options;
    std::string listen = "127.0.0.1:0";
    bool frozen = false, no_gzip = false, no_auth = false;
    double keep_alive_seconds = 75;
    std::uint64_t service_ms = 0;

    CLI::App app(
        "farapi: a REST API of an ML-experiment platform in a far region, with Django REST framework's manners.");
    app.footer(footer + farapi::fault_kind_names() + ".");
    app.add_option("--listen", listen, "host:port; port 0: the system chooses")->capture_default_str();
    app.add_option("--seed", data.seed, "the same seed tells the same story")->capture_default_str();
    app.add_option("--users", data.users)->capture_default_str()->check(CLI::Range(1u, 90u));
    app.add_option("--projects", data.projects)->capture_default_str()->check(CLI::Range(1u, 9'800u));
    app.add_option("--jobs", data.jobs, "in all; millions cost nothing")->capture_default_str();
    app.add_flag("--frozen", frozen, "time stands still: documents change by writes only");
    app.add_flag("--no-gzip", no_gzip, "never compress");
    app.add_flag("--no-auth", no_auth, "everybody sees everything");
    app.add_option("--vary", options.replies.vary, "the Vary field, without Accept-Encoding")->capture_default_str();
    app.add_option("--cache-control", options.replies.cache_control, "Cache-Control of documents; default: none");
    app.add_option("--keep-alive", keep_alive_seconds, "seconds after which an idle connection is closed")
        ->capture_default_str();
    app.add_option("--service-time", service_ms, "ms added to each answer, as a database would")->capture_default_str();
    app.add_option("--public-url", rest_options.public_url,
                   "scheme and host of absolute links; default: http and Host");
    CLI11_PARSE(app, argc, argv);

    if (!split_address(listen, options.host, options.port)) {
        fmt::print(stderr, "farapi: --listen takes host:port, not '{}'\n", listen);
        return 2;
    }
    options.replies.gzip = !no_gzip;
    rest_options.authenticate = !no_auth;
    options.keep_alive = std::chrono::milliseconds(static_cast<std::int64_t>(keep_alive_seconds * 1000));
    options.service_time = std::chrono::milliseconds(service_ms);

    const nearside::system_clock real;
    farapi::story_clock time(real, frozen);
    farapi::world story(data);
    farapi::api rest(story, rest_options);
    farapi::fault_list faults;
    farapi::request_counts counts;
    farapi::control controls(story, faults, counts, time);
    farapi::serve(options, {rest, controls, faults, counts, time}, [&](std::uint16_t port) {
        fmt::print("farapi listening on http://{}:{}\n", options.host, port);
        std::fflush(stdout);
    });
    return 0;
} catch (const std::exception& failure) {
    std::fprintf(stderr, "farapi: %s\n", failure.what());
    return 1;
}
