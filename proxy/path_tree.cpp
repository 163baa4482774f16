#include "proxy/path_tree.h"

#include <span>

namespace nearside::proxy {

namespace {

int hex_digit(char letter) noexcept {
    if (letter >= '0' && letter <= '9') return letter - '0';
    if (letter >= 'a' && letter <= 'f') return letter - 'a' + 10;
    if (letter >= 'A' && letter <= 'F') return letter - 'A' + 10;
    return -1;
}

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

std::optional<std::string> percent_decoded(std::string_view text, bool plus_is_space) {
    std::string plain;
    plain.reserve(text.size());
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] == '+' && plus_is_space) {
            plain += ' ';
        } else if (text[at] != '%') {
            plain += text[at];
        } else {
            if (at + 2 >= text.size()) return std::nullopt;
            const int high = hex_digit(text[at + 1]);
            const int low = hex_digit(text[at + 2]);
            if (high < 0 || low < 0) return std::nullopt;
            plain += static_cast<char>(high * 16 + low);
            at += 2;
        }
    }
    return plain;
}

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
            auto& next = at->literals[std::string(segment)];
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
