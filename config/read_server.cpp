#include "config/address.h"
#include "config/reader.h"
#include "config/sections.h"
#include "core/ascii.h"

#include <algorithm>

namespace nearside::config {

namespace {

constexpr std::uint32_t most_threads = 1024;

void read_client_limits(reader& server, client_limits& into, const section_context& context) {
    const node* section = server.take_mapping("limits");
    if (section == nullptr) return;
    // Below these no ordinary request passes.
    constexpr byte_count least_line = 64;
    constexpr byte_count least_header = 256;
    reader keys(*section, section->at, "`server.limits`", context.out);
    keys.read_size("request_line", into.request_line, least_line);
    keys.read_size("header_bytes", into.header_bytes, least_header);
    keys.read_number("header_count", into.header_count, 1, 10'000);
    keys.read_size("body", into.body, 0);
    keys.read_number("connections", into.connections, 1);
    keys.read("header_timeout", into.header_timeout);
    keys.read("idle_timeout", into.idle_timeout);
    keys.read("body_timeout", into.body_timeout);
    keys.read("write_timeout", into.write_timeout);
    keys.finish();
}

// As browsers send it: scheme, host and port alone (RFC 6454 6.2).
bool is_origin(const std::string& text) {
    const reading<origin> read = parse_origin(text);
    const std::size_t host = text.find("://");
    return read.value && text.find('/', host + 3) == std::string::npos;
}

void read_cors(reader& server, server_settings& into, const section_context& context) {
    const node* section = server.take_mapping("cors");
    if (section == nullptr) return;
    reader keys(*section, section->at, "`server.cors`", context.out);
    cors_settings cors;
    for (const located<std::string>& origin : keys.read_list("origins")) {
        if (origin.value != "*" && !is_origin(origin.value)) {
            keys.complain(origin.at, quote(origin.value) + " is not an origin", "write `https://app.example` or \"*\"");
            continue;
        }
        cors.origins.push_back(origin.value);
    }
    for (const located<std::string>& header : keys.read_list("headers")) {
        if (!is_token(header.value)) {
            keys.complain(header.at, quote(header.value) + " is not the name of a header", "write `x-request-id`");
            continue;
        }
        cors.headers.push_back(header.value);
    }
    keys.read("credentials", cors.credentials);
    keys.read("max_age", cors.max_age, milliseconds{0});
    if (!keys.given("origins")) keys.missing("origins", "list who may call: `origins: [https://app.example]`");
    // A browser refuses the wildcard together with credentials (Fetch 3.2.5).
    if (cors.credentials && std::find(cors.origins.begin(), cors.origins.end(), "*") != cors.origins.end()) {
        keys.complain(keys.place_of("credentials"), "`credentials: true` does not work with the origin `*`",
                      "list the origins");
    }
    keys.finish();
    into.cors = std::move(cors);
}

}  // namespace

void read_server(const member& section, server_settings& into, const section_context& context) {
    if (!expect_mapping(section.value, "`server`", context.out)) return;
    reader keys(section.value, section.key.at, "`server`", context.out);
    if (auto listen = keys.read_as("listen", parse_listen)) into.listen = std::move(*listen);
    into.listen_at = keys.place_of("listen");
    read_tls(keys, "`server.tls`", into.tls, context);
    keys.read_count_or_auto("threads", into.threads, most_threads);
    keys.read_count_or_auto("workers", into.workers, most_threads);
    keys.read("drain_timeout", into.drain_timeout, milliseconds{0});
    read_client_limits(keys, into.limits, context);
    read_cors(keys, into, context);
    keys.read("openapi", into.openapi);
    std::string name;
    if (keys.read("name", name)) {
        if (is_token(name)) {
            into.name = name;
        } else {
            keys.complain(keys.place_of("name"), quote(name) + " cannot stand in a Via header",
                          "use letters, digits, `-`, `_` and `.`");
        }
    }
    keys.finish();
}

}  // namespace nearside::config
