#include "config/reader.h"
#include "config/redis_address.h"
#include "config/sections.h"

namespace nearside::config {

namespace {

bool is_prefix(std::string_view text) {
    return !text.empty() &&
           text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.:") ==
               std::string_view::npos;
}

void read_timeouts(reader& redis, redis_settings& into, const section_context& context) {
    const node* section = redis.take_mapping("timeout");
    if (section == nullptr) return;
    reader keys(*section, section->at, "`timeout` of `cache.redis`", context.out);
    keys.read("connect", into.connect_timeout);
    keys.read("command", into.command_timeout);
    keys.read("request", into.request_timeout);
    keys.read("content", into.content_timeout);
    keys.finish();
}

void read_verification(reader& redis, redis_settings& into, const section_context& context) {
    const node* section = redis.take_mapping("tls");
    if (section == nullptr) return;
    reader keys(*section, section->at, "`tls` of `cache.redis`", context.out);
    if (!into.tls)
        keys.complain(section->at, "`tls` of `cache.redis` has no use: its url has no TLS",
                      "write `rediss://...`, or remove it");
    keys.read("verify", into.verification.verify);
    located<std::string> authority;
    if (keys.read("ca", authority)) {
        into.verification.ca_file = check_pem(authority, "BEGIN CERTIFICATE", context);
        into.verification.ca_at = authority.at;
    }
    keys.read("server_name", into.verification.server_name);
    keys.finish();
}

}  // namespace

std::optional<redis_settings> read_redis(const node& value, const section_context& context) {
    if (value.is == node::kind::scalar) {
        reading<redis_settings> read = parse_redis_url(value.text);
        if (!read.value) context.out.push_back({value.at, std::move(read.what), std::move(read.mend)});
        return std::move(read.value);
    }
    if (!expect_mapping(value, "`cache.redis`", context.out)) return std::nullopt;
    reader keys(value, value.at, "`cache.redis`", context.out);
    std::optional<redis_settings> made = keys.read_as("url", parse_redis_url);
    if (!keys.given("url")) keys.missing("url", "write `url: redis://host:6379/0`");
    const bool usable = made.has_value();
    redis_settings into = std::move(made).value_or(redis_settings{});
    std::string prefix;
    if (keys.read("prefix", prefix)) {
        if (is_prefix(prefix)) {
            into.prefix = std::move(prefix);
        } else {
            keys.complain(keys.place_of("prefix"), quote(prefix) + " is no prefix for keys in Redis",
                          "use letters, digits, `-`, `_`, `.` and `:`");
        }
    }
    read_timeouts(keys, into, context);
    keys.read_number("queue", into.max_queue, 1);
    if (usable) {
        read_verification(keys, into, context);
    } else {
        keys.take_any("tls");
    }
    keys.finish();
    if (!usable) return std::nullopt;
    return into;
}

}  // namespace nearside::config
