#include "proxy/marks.h"

#include "cache/digest.h"

#include <algorithm>
#include <concepts>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>

namespace nearside::proxy {

namespace {

constexpr std::size_t mark_digits = 12;

// Of names whose order says nothing.
std::vector<std::string> sorted(std::vector<std::string> names) {
    std::sort(names.begin(), names.end());
    return names;
}

// Writes values one after the other so that no two different lists of them come to one text. Settings are taken apart
// by structured bindings, which no longer compile when a setting is added: whoever adds one decides here whether it
// shapes answers.
class words {
public:
    template <class... Values>
    words& add(const Values&... values) {
        (put(values), ...);
        return *this;
    }

    std::string take() { return std::move(text_); }
    std::string digest() const {
        const std::pair<std::string_view, std::string_view> all("", text_);
        return cache::principal_digest({&all, 1}).substr(0, mark_digits);
    }

private:
    void put(const std::string& text) {
        put(text.size());
        text_.append(text);
    }
    template <class Number>
        requires std::is_arithmetic_v<Number>
    void put(Number number) {
        text_.append(std::to_string(number)).append(1, ',');
    }
    template <class Enum>
        requires std::is_enum_v<Enum>
    void put(Enum value) {
        put(static_cast<int>(value));
    }
    void put(milliseconds time) { put(time.count()); }
    template <class Value>
    void put(const std::optional<Value>& value) {
        put(value.has_value());
        if (value) put(*value);
    }
    template <class Value>
    void put(const std::vector<Value>& values) {
        put(values.size());
        for (const Value& each : values)
            put(each);
    }
    template <class Value>
    void put(const config::located<Value>& written) {
        put(written.value);
        put(written.quoted);
    }
    void put(const config::node& tree) {
        add(tree.is, tree.text, tree.quoted, tree.items, tree.members.size());
        for (const config::member& each : tree.members)
            add(each.key, each.value);
    }
    void put(const config::refresh_windows& windows) {
        const auto& [fresh, stale, stale_if_error] = windows;
        add(fresh, stale, stale_if_error);
    }
    void put(const config::negative_settings& negative) {
        const auto& [first, last, fresh] = negative;
        add(first, last, fresh);
    }
    void put(const config::route_key_settings& key) {
        const auto& [query, parameters, headers, cookies] = key;
        add(query, sorted(parameters), sorted(headers), cookies.has_value());
        if (cookies) put(sorted(*cookies));
    }
    void put(const config::pages_settings& pages) {
        const auto& [at, items, next, count, max, parallel, size] = pages;
        add(items, next, count, max, parallel, size);
    }
    void put(const config::view_settings::query_parameter& parameter) {
        const auto& [name, at, default_value, type, required, choices, min, max, source] = parameter;
        add(name, default_value, type, required, choices, min, max, source);
    }
    void put(const config::step_settings& step) {
        const auto& [name, at, get, post, body, when, jq, each, as, parallel, max, pages, optional, otherwise, timeout,
                     upstream, faulty] = step;
        add(name, get, post, body, when, jq, each, as, parallel, max, pages, optional, otherwise, timeout, upstream);
    }

    std::string text_;
};

std::string mark_of_named(const config::settings& all, const std::string& upstream) {
    const config::upstream_settings* const known = all.find_upstream(upstream);
    return known == nullptr ? std::string() : mark_of(*known);
}

std::string whole(const config::upstream_settings& upstream) {
    const auto& [name, at, url, scheme, host, port, base_path, warm_connections, max_connections, pipeline, max_queue,
                 keep_alive, timeout, circuit, max_response, retries, forward, tls] = upstream;
    const auto& [connect, first_byte, total] = timeout;
    const auto& [failures, window, open_for] = circuit;
    const auto& [verify, ca_file, ca_at, server_name] = tls;
    return words()
        .add(name, scheme, host, port, base_path, warm_connections, max_connections, pipeline, max_queue, keep_alive,
             connect, first_byte, total, failures, window, open_for, max_response, retries, forward, verify, ca_file,
             server_name)
        .take();
}

}  // namespace

std::string mark_of(const config::upstream_settings& upstream) {
    const auto& verified = upstream.tls;
    return words()
        .add(upstream.scheme, upstream.host, upstream.port, upstream.base_path, sorted(upstream.forward),
             verified.server_name)
        .digest();
}

upstream_marks marks_of(const std::vector<config::upstream_settings>& upstreams) {
    upstream_marks made;
    for (const config::upstream_settings& each : upstreams)
        made.emplace(each.name, mark_of(each));
    return made;
}

std::string mark_of(const config::view_settings& view, const std::vector<std::string>& upstreams,
                    const config::settings& all) {
    const auto& [name, at, path, query, headers, claims, windows, scope, scope_at, strict, renewed_while_used_within,
                 upstream, steps, out, jq, schema, learn_schema, tags, warm, item_id, faulty, faulty_path,
                 faulty_upstream, inputs_known] = view;
    const auto& [json_depth, fan_out, parallel, calls, view_bytes, run_bytes, view_time] = all.limits;
    words all_of_it;
    all_of_it.add(name, path, query, headers, claims, windows, scope, strict, upstream, steps, out, jq, tags,
                  json_depth, fan_out);
    for (const std::string& each : upstreams)
        all_of_it.add(each, mark_of_named(all, each));
    return all_of_it.digest();
}

std::string mark_of(const config::route_settings& route, const config::settings& all) {
    const auto& [path, upstream, upstream_at, windows, negative, override_origin, key, bypass, tags, invalidates,
                 faulty_path, faulty_upstream] = route;
    return words()
        .add(path, upstream, windows, negative, override_origin, key, tags, mark_of_named(all, upstream))
        .digest();
}

bool is_same(const config::upstream_settings& left, const config::upstream_settings& right) {
    return whole(left) == whole(right);
}

}  // namespace nearside::proxy
