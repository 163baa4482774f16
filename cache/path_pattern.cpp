#include "cache/path_pattern.h"

#include "core/percent_encoding.h"

#include <algorithm>

namespace nearside::cache {

namespace {

constexpr std::size_t nowhere = std::string_view::npos;

// Where to go on after a mismatch: the pattern behind the star, and how far the star has reached in the path.
struct star {
    std::size_t pattern = nowhere;
    std::size_t reached = 0;
};

}  // namespace

bool is_path_pattern(std::string_view text) noexcept {
    const auto is_fine = [](char byte) {
        const auto value = static_cast<unsigned char>(byte);
        return value > 0x20 && value != 0x7f && byte != '?' && byte != '#';
    };
    return text.starts_with('/') && text.size() <= longest_pattern && std::all_of(text.begin(), text.end(), is_fine);
}

std::string comparable_path(std::string_view path) {
    std::string made;
    made.reserve(path.size());
    while (true) {
        const std::size_t end = path.find('/');
        const std::string_view segment = path.substr(0, end);
        for (const char byte : percent_decoded(segment).value_or(std::string(segment))) {
            if (byte == '/')
                made += "%2F";
            else
                made += byte;
        }
        if (end == std::string_view::npos) return made;
        made += '/';
        path.remove_prefix(end + 1);
    }
}

// The last star is stretched first. A single one ends at a slash, then the last double one is stretched; what stands
// before that needn't be tried again, since it matched with as little as could be.
bool path_matches(std::string_view pattern, std::string_view path) noexcept {
    star within, across;
    std::size_t at = 0;
    std::size_t in = 0;
    while (in < path.size() || at < pattern.size()) {
        if (at < pattern.size() && pattern[at] == '*') {
            const bool both = at + 1 < pattern.size() && pattern[at + 1] == '*';
            if (both) {
                at += 2;
                across = {at, in};
                within = {};
            } else {
                within = {++at, in};
            }
            continue;
        }
        if (at < pattern.size() && in < path.size() && pattern[at] == path[in]) {
            ++at;
            ++in;
            continue;
        }
        if (within.pattern != nowhere && within.reached < path.size() && path[within.reached] != '/') {
            at = within.pattern;
            in = ++within.reached;
            continue;
        }
        if (across.pattern == nowhere || across.reached >= path.size()) return false;
        at = across.pattern;
        in = ++across.reached;
        within = {};
    }
    return true;
}

}  // namespace nearside::cache
