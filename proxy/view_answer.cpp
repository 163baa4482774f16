#include "proxy/view_answer.h"

#include "cache/digest.h"
#include "proxy/coded_copies.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cstdint>

namespace nearside::proxy {

namespace {

using aggregators::step_report;

std::string cache_control_for_browser(const view& of, const cache::view_lifetime& lifetime, bool partial) {
    if (lifetime.refused == cache::refusal::no_store) return "no-store";
    const bool shared = of.for_everybody && lifetime.refused != cache::refusal::private_response;
    const std::string_view who = shared ? "public" : "private";
    const auto fresh = std::chrono::floor<std::chrono::seconds>(lifetime.lives.fresh);
    // What stands in for a failed step mustn't stay on a screen: ask each time.
    if (partial || fresh.count() == 0) return fmt::format("{}, no-cache", who);
    return fmt::format("{}, max-age={}", who, fresh.count());
}

std::string joined(std::span<const std::string> names) {
    std::string list;
    for (const std::string& each : names) {
        if (!list.empty()) list += ", ";
        list += each;
    }
    return list;
}

void append_parameter(std::string& line, std::string_view name, std::int64_t value) {
    std::array<char, 24> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
    line.append("; ").append(name).append("=").append(digits.data(), end);
}

std::string_view opaque_tag(std::string_view tag) {
    return tag.starts_with("W/") ? tag.substr(2) : tag;
}

}  // namespace

std::string vary_of(const view& of) {
    std::string names = "accept";
    for (const std::string& each : of.varies) {
        if (each != "accept") names.append(", ").append(each);
    }
    return names;
}

std::string server_timing(std::span<const step_report> steps) {
    std::string line;
    for (const step_report& step : steps) {
        if (!line.empty()) line += ", ";
        line += fmt::format("{};dur={:.1f}", step.step, static_cast<double>(step.took.count()) / 1'000.0);
        switch (step.outcome) {
            case step_report::outcome::defaulted:
                line += fmt::format(";desc=\"{}\"", to_string(step.failure.code));
                break;
            case step_report::outcome::skipped:
                line += ";desc=\"skipped\"";
                break;
            case step_report::outcome::failed:
                line += fmt::format(";desc=\"{}\"", to_string(step.failure.code));
                break;
            case step_report::outcome::done:
                if (step.speculated > 0) line += ";desc=\"speculated\"";
                break;
            case step_report::outcome::not_run:
                break;
        }
    }
    return line;
}

std::shared_ptr<cache::entry> make_view_entry(std::string key, const view& of, const aggregators::composed_view& made,
                                              const cache::view_lifetime& lifetime, view_origin origin,
                                              const cache::entry_ptr& previous) {
    auto entry = std::make_shared<cache::entry>();
    const std::string tag = made.unchanged ? std::string(previous->etag()) : cache::entity_tag(made.content);
    entry->key = std::move(key);
    const bool same = previous && previous->etag() == tag;
    entry->content = same ? previous->content : made.content;
    entry->content_since = same ? previous->content_since : origin.born;
    entry->born = origin.born;
    entry->stamp = origin.stamp;
    if (!origin.tags.empty()) {
        auto extras = std::make_unique<cache::entry_extras>();
        extras->tags = std::move(origin.tags);
        entry->extras = std::move(extras);
    }
    entry->lives = lifetime.lives;

    response_head head;
    head.fields.append("ETag", tag);
    head.fields.append("Cache-Control", cache_control_for_browser(of, lifetime, !made.partial.empty()));
    head.fields.append("Vary", vary_of(of));
    if (!made.partial.empty()) head.fields.append("nearside-partial", joined(made.partial));
    head.fields.append("Server-Timing", server_timing(made.steps));
    head.fields.append("Content-Type", "application/json");
    // What isn't stored has no copies either.
    entry->recodable =
        lifetime.refused == cache::refusal::none && is_recodable(head.status, head.fields, entry->content.size());
    if (entry->recodable) add_vary_accept_encoding(head.fields);
    entry->head = prepared_head(head);
    return entry;
}

void tell_if_struck(header_fields& extra, const cache_status& status, const cache::entry& served, wall_time now) {
    if (status.time_to_live && *status.time_to_live < cache::time_to_live(served, now))
        extra.append("Cache-Control", "no-cache");
}

// Part of every hit: no formatting library, one allocation.
std::string to_field(const cache_status& status, std::string_view name) {
    std::string line;
    line.reserve(name.size() + 80);
    line.append(name);
    if (status.hit) {
        line += "; hit";
    } else if (status.forwarded != cache::forward_reason::none) {
        line.append("; fwd=").append(to_string(status.forwarded));
    }
    if (status.forward_status != 0) append_parameter(line, "fwd-status", status.forward_status);
    if (status.stored) line += "; stored";
    if (status.collapsed) line += "; collapsed";
    if (status.time_to_live) {
        append_parameter(line, "ttl", std::chrono::floor<std::chrono::seconds>(*status.time_to_live).count());
    }
    if (!status.detail.empty()) line.append("; detail=").append(status.detail);
    return line;
}

bool none_match_fails(const header_fields& request, std::string_view etag) {
    bool matches = false;
    for (const header_fields::field& each : request) {
        if (!iequals(each.name, "if-none-match")) continue;
        for_each_member(each.value, [&](std::string_view member) {
            matches |= member == "*" || opaque_tag(member) == opaque_tag(etag);
        });
    }
    return matches;
}

}  // namespace nearside::proxy
