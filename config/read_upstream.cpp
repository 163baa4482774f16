#include "config/address.h"
#include "config/credentials.h"
#include "config/reader.h"
#include "config/sections.h"
#include "config/units.h"
#include "core/ascii.h"

#include <algorithm>

namespace nearside::config {

namespace {

void read_url(reader& keys, upstream_settings& into) {
    const node* url = keys.take_scalar("url");
    if (url == nullptr) {
        if (!keys.given("url")) keys.missing("url", "write `url: https://api.example`");
        return;
    }
    reading<origin> read = parse_origin(url->text);
    if (!read.value) {
        keys.complain(url->at, std::move(read.what), std::move(read.mend));
        return;
    }
    into.url = url->text;
    into.scheme = std::move(read.value->scheme);
    into.host = std::move(read.value->host);
    into.port = read.value->port;
    into.base_path = std::move(read.value->base_path);
}

void read_connections(reader& upstream, upstream_settings& into, const std::string& where,
                      const section_context& context) {
    const node* section = upstream.take_mapping("connections");
    if (section == nullptr) return;
    constexpr std::uint32_t most_connections = 65'535;
    constexpr std::uint32_t most_pipelined = 64;
    reader keys(*section, section->at, "`connections` of " + where, context.out);
    const bool warm_read = keys.read_number("warm", into.warm_connections, 0, most_connections);
    keys.read_number("max", into.max_connections, 1, most_connections);
    keys.read_number("pipeline", into.pipeline, 1, most_pipelined);
    keys.read_number("queue", into.max_queue, 0);
    keys.read("keep_alive", into.keep_alive, milliseconds{1'000});
    if (into.warm_connections > into.max_connections) {
        if (warm_read) {
            keys.complain(keys.place_of("warm"), "`warm` is more than `max`", "make it less, or `max` more");
        } else {
            into.warm_connections = into.max_connections;
        }
    }
    keys.finish();
}

void read_timeouts(reader& upstream, upstream_timeouts& into, const std::string& where,
                   const section_context& context) {
    const node* section = upstream.take_mapping("timeout");
    if (section == nullptr) return;
    reader keys(*section, section->at, "`timeout` of " + where, context.out);
    keys.read("connect", into.connect);
    keys.read("first_byte", into.first_byte);
    const bool total_read = keys.read("total", into.total);
    const auto within_total = [&](std::string_view key, milliseconds& phase) {
        if (phase <= into.total) return;
        if (keys.given(key)) {
            keys.complain(keys.place_of(key), quote(key) + " is longer than `total`",
                          "make it " + quote(format_duration(into.total)) + " or shorter, or `total` longer");
        } else if (total_read) {
            phase = into.total;
        }
    };
    within_total("connect", into.connect);
    within_total("first_byte", into.first_byte);
    keys.finish();
}

void read_circuit(reader& upstream, circuit_settings& into, const std::string& where, const section_context& context) {
    const node* section = upstream.take_mapping("circuit");
    if (section == nullptr) return;
    reader keys(*section, section->at, "`circuit` of " + where, context.out);
    keys.read_number("failures", into.failures, 0);
    keys.read("window", into.window, milliseconds{100});
    keys.read("open_for", into.open_for);
    keys.finish();
}

void read_tls(reader& upstream, upstream_settings& into, const std::string& where, const section_context& context) {
    const node* section = upstream.take_mapping("tls");
    if (section == nullptr) return;
    reader keys(*section, section->at, "`tls` of " + where, context.out);
    if (into.scheme == "http") {
        keys.complain(section->at, "`tls` of " + where + " has no use: its url is plain http",
                      "write `url: https://...`, or remove it");
    }
    keys.read("verify", into.tls.verify);
    located<std::string> authority;
    if (keys.read("ca", authority)) {
        into.tls.ca_file = check_pem(authority, "BEGIN CERTIFICATE", context);
        into.tls.ca_at = authority.at;
    }
    located<std::string> name;
    if (keys.read("server_name", name)) {
        const reading<origin> host = parse_origin("https://" + name.value);
        if (host.value && host.value->host.size() == name.value.size()) {
            into.tls.server_name = host.value->host;
        } else {
            keys.complain(name.at, quote(name.value) + " is not the name of a host", "write `api.example`");
        }
    }
    keys.finish();
}

void read_forward(reader& keys, upstream_settings& into) {
    for (const located<std::string>& header : keys.read_list("forward")) {
        std::string name = lower_case(header.value);
        if (!is_token(name)) {
            keys.complain(header.at, quote(header.value) + " is not the name of a header", "write `authorization`");
        } else if (const char* why = why_never_forwarded(name)) {
            keys.complain(header.at, "the header " + quote(name) + " cannot be forwarded: " + why, "remove it");
        } else if (std::find(into.forward.begin(), into.forward.end(), name) != into.forward.end()) {
            keys.complain(header.at, "the header " + quote(name) + " is listed twice", "list it once");
        } else {
            into.forward.push_back(std::move(name));
        }
    }
}

}  // namespace

upstream_settings read_upstream(const member& item, const section_context& context) {
    const std::string where = "upstream " + quote(item.key.text);
    upstream_settings upstream;
    upstream.name = item.key.text;
    upstream.at = item.key.at;
    // Named, so that what refers to it isn't complained about as well.
    if (!expect_item(item, where, "a `url`", context.out)) return upstream;
    if (!is_token(upstream.name)) {
        context.out.push_back({item.key.at, quote(upstream.name) + " is no name for an upstream",
                               "use letters, digits, `-`, `_` and `.`"});
    }
    constexpr std::uint32_t most_retries = 10;
    reader keys(item.value, item.key.at, where, context.out);
    read_url(keys, upstream);
    read_connections(keys, upstream, where, context);
    read_timeouts(keys, upstream.timeout, where, context);
    read_circuit(keys, upstream.circuit, where, context);
    read_tls(keys, upstream, where, context);
    keys.read_size("max_response", upstream.max_response);
    keys.read_number("retries", upstream.retries, 0, most_retries);
    read_forward(keys, upstream);
    keys.finish();
    return upstream;
}

}  // namespace nearside::config
