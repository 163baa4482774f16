#include "proxy/path_tree.h"

#include "core/percent_encoding.h"

#include <span>

namespace nearside::proxy {

namespace {

// Calls `each` with every segment after the leading slash; a trailing slash makes a last, empty one.
template <class Each>
void for_each_segment(std::string_view path, Each each) {
    if (!path.empty() && path.front() == '/') path.remove_prefix(1);
    while (true) {
        const auto slash = path.find('/');
        each(path.substr(0, slash));
        if (slash == std::string_view::npos) return;
        path.remove_prefix(slash + 1);
    }
}

std::string joined(std::span<const std::string> segments) {
    std::string path;
    for (const std::string& segment : segments)
        path.append(&segment == segments.data() ? "" : "/").append(segment);
    return path;
}

}  // namespace

bool path_tree::insert(std::string_view pattern, std::size_t value) {
    branch* at = &root_;
    bool rest = false;
    for_each_segment(pattern, [&](std::string_view segment) {
        if (segment == "**") {
            rest = true;
        } else if (segment == "*" || segment.starts_with('{')) {
            if (!at->capture) at->capture = std::make_unique<branch>();
            at = at->capture.get();
        } else {
            // As they are compared with: decoded.
            auto& next = at->literals[percent_decoded(segment).value_or(std::string(segment))];
            if (!next) next = std::make_unique<branch>();
            at = next.get();
        }
    });
    std::optional<std::size_t>& place = rest ? at->rest : at->here;
    if (place) return false;
    place = value;
    return true;
}

std::optional<path_tree::match> path_tree::find(std::string_view path) const {
    if (!path.starts_with('/')) return std::nullopt;
    std::vector<std::string> segments;
    bool good = true;
    for_each_segment(path, [&](std::string_view segment) {
        std::optional<std::string> decoded = percent_decoded(segment);
        if (!decoded || segments.size() == most_segments) {
            good = false;
            return;
        }
        segments.push_back(std::move(*decoded));
    });
    match found;
    if (!good || !descend(root_, segments, 0, found)) return std::nullopt;
    return found;
}

bool path_tree::descend(const branch& from, const std::vector<std::string>& segments, std::size_t at, match& into) {
    if (at == segments.size()) {
        if (!from.here && !from.rest) return false;
        if (!from.here) into.captures.emplace_back();
        into.value = from.here ? *from.here : *from.rest;
        return true;
    }
    const std::string& segment = segments[at];
    if (const auto literal = from.literals.find(segment); literal != from.literals.end()) {
        if (descend(*literal->second, segments, at + 1, into)) return true;
    }
    if (from.capture && !segment.empty()) {
        into.captures.push_back(segment);
        if (descend(*from.capture, segments, at + 1, into)) return true;
        into.captures.pop_back();
    }
    if (!from.rest) return false;
    into.captures.push_back(joined(std::span(segments).subspan(at)));
    into.value = *from.rest;
    return true;
}

}  // namespace nearside::proxy
