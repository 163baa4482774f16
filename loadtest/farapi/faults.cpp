#include "loadtest/farapi/faults.h"

#include <array>
#include <utility>

namespace nearside::farapi {

namespace {

constexpr std::array<std::pair<std::string_view, fault_kind>, 19> names{{
    {"delay", fault_kind::delay},
    {"status", fault_kind::status},
    {"body", fault_kind::body},
    {"malformed_json", fault_kind::malformed_json},
    {"huge_array", fault_kind::huge_array},
    {"content_type", fault_kind::content_type},
    {"no_content", fault_kind::no_content},
    {"redirect", fault_kind::redirect},
    {"truncate", fault_kind::truncate},
    {"stall", fault_kind::stall},
    {"garbled", fault_kind::garbled},
    {"bad_length", fault_kind::bad_length},
    {"bad_chunk", fault_kind::bad_chunk},
    {"bad_coding", fault_kind::bad_coding},
    {"drop", fault_kind::drop},
    {"reset", fault_kind::reset},
    {"chunked", fault_kind::chunked},
    {"until_close", fault_kind::until_close},
    {"close_after", fault_kind::close_after},
}};

}  // namespace

std::optional<fault_kind> fault_kind_named(std::string_view name) noexcept {
    for (const auto& [known, kind] : names) {
        if (known == name) return kind;
    }
    return std::nullopt;
}

std::string_view to_string(fault_kind kind) noexcept {
    for (const auto& [name, known] : names) {
        if (known == kind) return name;
    }
    return "";
}

std::string fault_kind_names() {
    std::string all;
    for (const auto& entry : names) {
        if (!all.empty()) all += ", ";
        all += entry.first;
    }
    return all;
}

bool glob_matches(std::string_view pattern, std::string_view path) noexcept {
    if (pattern.empty()) return path.empty();
    if (pattern.front() != '*') {
        return !path.empty() && pattern.front() == path.front() && glob_matches(pattern.substr(1), path.substr(1));
    }
    const bool any = pattern.starts_with("**");
    pattern.remove_prefix(any ? 2 : 1);
    for (std::size_t taken = 0; taken <= path.size(); ++taken) {
        if (!any && taken > 0 && path[taken - 1] == '/') return false;
        if (glob_matches(pattern, path.substr(taken))) return true;
    }
    return false;
}

std::optional<fault> fault_list::strike(const request_head& asked) {
    std::optional<fault> striking;
    for (auto& candidate : faults_) {
        if (!candidate.method.empty() && candidate.method != asked.method) continue;
        if (!glob_matches(candidate.path, asked.path())) continue;
        if (asked.query().find(candidate.query) == std::string_view::npos) continue;
        ++candidate.seen;
        if (striking || candidate.seen < candidate.nth) continue;
        if (candidate.count != 0 && candidate.struck >= candidate.count) continue;
        ++candidate.struck;
        striking = candidate;
    }
    return striking;
}

}  // namespace nearside::farapi
