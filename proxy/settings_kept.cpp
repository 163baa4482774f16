#include "proxy/settings_kept.h"

#include <optional>
#include <string_view>
#include <tuple>

namespace nearside::proxy {

namespace {

auto parts_of(const config::address& of) {
    return std::tie(of.host, of.port);
}

auto parts_of(const config::client_limits& of) {
    const auto& [request_line, header_bytes, header_count, body, connections, header_timeout, idle_timeout,
                 body_timeout, write_timeout] = of;
    return std::tie(request_line, header_bytes, header_count, body, connections, header_timeout, idle_timeout,
                    body_timeout, write_timeout);
}

auto parts_of(const config::redis_settings& of) {
    const auto& [topology, endpoints, socket_path, primary, tls, user, password, database, where, prefix,
                 connect_timeout, command_timeout, request_timeout, content_timeout, max_queue, verification] = of;
    const auto& [verify, ca_file, ca_at, server_name] = verification;
    return std::tie(topology, endpoints, socket_path, primary, tls, user, password, database, prefix, connect_timeout,
                    command_timeout, request_timeout, content_timeout, max_queue, verify, ca_file, server_name);
}

template <class Value>
concept has_parts = requires(const Value& of) { parts_of(of); };

template <class Value>
bool same(const Value& left, const Value& right) {
    if constexpr (has_parts<Value>) {
        return parts_of(left) == parts_of(right);
    } else {
        return left == right;
    }
}

template <class Value>
bool same(const std::optional<Value>& left, const std::optional<Value>& right) {
    return left.has_value() == right.has_value() && (!left || same(*left, *right));
}

template <class Value>
bool same(const std::vector<Value>& left, const std::vector<Value>& right) {
    if (left.size() != right.size()) return false;
    for (std::size_t at = 0; at < left.size(); ++at) {
        if (!same(left[at], right[at])) return false;
    }
    return true;
}

class keeper {
public:
    template <class Value>
    void keep(std::string_view key, const Value& running, Value& wanted) {
        if (same(running, wanted)) return;
        wanted = running;
        told_.emplace_back(key);
    }
    // TLS on or off is what a listener is made for; its files are read again.
    void keep_presence(std::string_view key, const std::optional<config::tls_files>& running,
                       std::optional<config::tls_files>& wanted) {
        if (running.has_value() == wanted.has_value()) return;
        wanted = running;
        told_.emplace_back(key);
    }

    std::vector<std::string> take() { return std::move(told_); }

private:
    std::vector<std::string> told_;
};

}  // namespace

std::vector<std::string> keep_settings(const config::settings& running, config::settings& wanted) {
    keeper all;
    const config::server_settings& server = running.server;
    all.keep("server.listen", server.listen, wanted.server.listen);
    all.keep_presence("server.tls", server.tls, wanted.server.tls);
    all.keep("server.threads", server.threads, wanted.server.threads);
    all.keep("server.workers", server.workers, wanted.server.workers);
    all.keep("server.limits", server.limits, wanted.server.limits);
    const config::admin_settings& admin = running.admin;
    all.keep("admin.listen", admin.listen, wanted.admin.listen);
    all.keep_presence("admin.tls", admin.tls, wanted.admin.tls);
    all.keep("log.level", running.log.level, wanted.log.level);
    all.keep("log.format", running.log.format, wanted.log.format);
    const config::cache_settings& cache = running.cache;
    all.keep("cache.memory", cache.memory, wanted.cache.memory);
    all.keep("cache.max_entry", cache.max_entry, wanted.cache.max_entry);
    all.keep("cache.recipes", cache.recipes, wanted.cache.recipes);
    all.keep("cache.redis", cache.redis, wanted.cache.redis);
    return all.take();
}

}  // namespace nearside::proxy
