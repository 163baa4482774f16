#include "proxy/admin_entry.h"

#include "cache/reuse.h"
#include "core/json_string.h"
#include "core/percent_encoding.h"
#include "proxy/route_uri.h"

#include <algorithm>
#include <array>
#include <optional>

namespace nearside::proxy {

namespace {

std::string decoded(std::string_view text) {
    return percent_decoded(text).value_or(std::string(text));
}

void append_text(std::string& out, std::string_view name, std::string_view text) {
    if (text.empty()) return;
    out.append(",\"").append(name).append("\":");
    append_json_string(out, text);
}

void append_number(std::string& out, std::string_view name, std::int64_t number) {
    out.append(",\"").append(name).append("\":").append(std::to_string(number));
}

void append_list(std::string& out, std::string_view name, const std::vector<std::string>& texts) {
    out.append(",\"").append(name).append("\":");
    append_json_list(out, texts);
}

std::string_view to_string(cache::invalidation how) noexcept {
    switch (how) {
        case cache::invalidation::none:
            return "none";
        case cache::invalidation::soft:
            return "soft";
        case cache::invalidation::changed:
            return "changed";
        case cache::invalidation::hard:
            return "hard";
    }
    return "none";
}

// What would be done with it for an ordinary request.
std::string_view state_of(const cache::entry& stored, cache::invalidation fate, wall_time now) noexcept {
    if (fate == cache::invalidation::hard) return "gone";
    if (fate == cache::invalidation::changed) return "validate";
    const cache::stored_facts facts = cache::facts_of(stored, fate);
    const cache::reuse verdict = cache::decide_reuse(&facts, cache::cache_control{}, now).verdict;
    if (verdict == cache::reuse::fresh) return "fresh";
    if (verdict == cache::reuse::stale) return "stale";
    if (stored.always_validate || stored.must_revalidate) return "validate";
    return cache::may_serve_on_error(facts, {}, now) ? "on_error" : "expired";
}

// What was struck is fresh no more; how long it may be served otherwise still counts from when it was made.
void append_windows(std::string& out, const cache::entry& stored, cache::invalidation fate, milliseconds age) {
    const auto left = [&](milliseconds window) { return std::max(milliseconds{0}, window - age).count(); };
    const bool is_struck = fate != cache::invalidation::none;
    const bool may_be_stale = stored.lives.stale > milliseconds{0} || !is_struck;
    append_number(out, "age_ms", age.count());
    append_number(out, "fresh_ms", is_struck ? 0 : left(stored.lives.fresh));
    append_number(out, "stale_ms", may_be_stale ? left(stored.lives.fresh + stored.lives.stale) : 0);
    const milliseconds on_error = std::max(milliseconds{0}, stored.lives.stale_if_error);
    append_number(out, "stale_if_error_ms", left(stored.lives.fresh + on_error));
}

// Of what depends on request fields, on which.
void append_vary(std::string& out, const cache::entry_extras& extras) {
    std::vector<std::string> names;
    for (const cache::vary_spec& each : extras.vary) {
        if (each.everything) names.emplace_back("*");
        names.insert(names.end(), each.names.begin(), each.names.end());
    }
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    append_list(out, "varies_by", names);
}

}  // namespace

std::string_view told_key::find(std::string_view part) const noexcept {
    for (const auto& [each, value] : parts) {
        if (each == part) return value;
    }
    return {};
}

told_key read_key(std::string_view key) {
    told_key told;
    std::size_t end = key.find(';');
    const std::string_view first = key.substr(0, end);
    const std::size_t colon = first.find(':');
    told.kind = decoded(first.substr(0, colon));
    if (colon != std::string_view::npos) told.name = decoded(first.substr(colon + 1));
    while (end != std::string_view::npos) {
        key.remove_prefix(end + 1);
        end = key.find(';');
        const std::string_view part = key.substr(0, end);
        const std::size_t equals = part.find('=');
        told.parts.emplace_back(decoded(part.substr(0, equals)),
                                equals == std::string_view::npos ? std::string() : decoded(part.substr(equals + 1)));
    }
    return told;
}

std::string path_of(const told_key& key, const config::settings& settings) {
    if (key.kind == "route") return std::string(key.find("uri"));
    if (key.kind == "step") return std::string(key.find("get"));
    const auto of = std::find_if(settings.views.begin(), settings.views.end(),
                                 [&](const config::view_settings& each) { return each.name == key.name; });
    if (key.kind != "view" || of == settings.views.end()) return {};
    std::string path;
    std::string_view pattern = of->path.value;
    while (!pattern.empty()) {
        const std::size_t open = pattern.find('{');
        const std::size_t close = pattern.find('}', std::min(open, pattern.size()));
        path.append(pattern.substr(0, open));
        if (close == std::string_view::npos) break;
        append_percent_encoded(path, key.find(pattern.substr(open + 1, close - open - 1)));
        pattern.remove_prefix(close + 1);
    }
    char mark = '?';
    for (const config::view_settings::query_parameter& each : of->query) {
        const auto sent =
            std::find_if(key.parts.begin(), key.parts.end(), [&](const auto& part) { return part.first == each.name; });
        if (sent == key.parts.end()) continue;
        path += std::exchange(mark, '&');
        append_percent_encoded(path, each.name);
        path += '=';
        append_percent_encoded(path, sent->second);
    }
    return path;
}

cache::invalidation fate_of(const cache::entry& stored, const told_key& key, std::string_view path,
                            const cache::tag_epochs& epochs) {
    if (stored.stamp >= epochs.now()) return cache::invalidation::none;
    // An entry remembers that nothing struck it, by the names that its readers know: it is not asked itself.
    cache::entry twin;
    twin.key = stored.key;
    twin.stamp = stored.stamp;
    if (stored.extras) {
        auto extras = std::make_unique<cache::entry_extras>();
        extras->tags = stored.extras->tags;
        twin.extras = std::move(extras);
    }
    const std::string uri_tag = key.kind == "view" ? std::string() : uri_tag_of(key.name, path);
    return epochs.fate_of(twin, {.uri_tag = uri_tag,
                                 .view = key.kind == "view" ? std::string_view(key.name) : std::string_view{},
                                 .path = key.kind == "step" ? std::string_view{} : target_path(path)});
}

void append_entry(std::string& out, const cache::entry& stored, const entry_context& by) {
    const told_key key = read_key(stored.key);
    const std::string path = path_of(key, *by.settings);
    const milliseconds age = cache::age_of(stored, by.now);
    const cache::invalidation fate = fate_of(stored, key, path, *by.epochs);
    const bool is_marker = stored.extras && !stored.extras->vary.empty();

    out += "{\"key\":";
    append_json_string(out, stored.key);
    append_text(out, "kind", key.kind);
    append_text(out, key.kind == "view" ? "view" : "upstream", key.name);
    if (key.kind == "route") {
        const auto place = by.places->find(target_path(path));
        if (place && place->of_route) append_text(out, "route", place->of_route->path);
    }
    append_text(out, "path", path);
    append_text(out, "for", key.find("~user").empty() ? "everyone" : "one user");
    if (is_marker) {
        append_vary(out, *stored.extras);
    } else {
        append_number(out, "status", stored.head.status());
        append_text(out, "state", state_of(stored, fate, by.now));
        append_windows(out, stored, fate, age);
        if (fate != cache::invalidation::none) append_text(out, "invalidated", to_string(fate));
        append_text(out, "etag", stored.etag());
        append_text(out, "type", stored.head.find("content-type").value_or(std::string_view{}));
        append_text(out, "coding", stored.head.find("content-encoding").value_or(std::string_view{"identity"}));
    }
    append_number(out, "hits", stored.hits.load(std::memory_order_relaxed));
    append_number(out, "bytes", static_cast<std::int64_t>(stored.content.size()));
    append_number(out, "memory", static_cast<std::int64_t>(stored.memory()));
    static const std::vector<std::string> none;
    append_list(out, "tags", stored.extras ? stored.extras->tags : none);
    out += '}';
}

}  // namespace nearside::proxy
