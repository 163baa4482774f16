// Finds what belongs to a path: a tree of segments in which the most specific pattern wins, whatever the order in the
// file. A literal segment beats a capture (`{id}` or `*`), a capture beats the rest (`**`).
// Built once, then read by any thread.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nearside::proxy {

class path_tree {
public:
    // A path of more segments matches nothing.
    static constexpr std::size_t most_segments = 64;

    struct match {
        std::size_t value = 0;  // as given to insert()
        // Decoded, in the path's order. That of `**` is the rest, joined by `/`: maybe nothing.
        std::vector<std::string> captures;
    };

    // `pattern` begins with `/`. Segments: literal (percent-encoded, as in a URL), `{name}`, `*`, and `**` at the end
    // only (matches zero or more). False when the same pattern (names of captures aside) is there already.
    bool insert(std::string_view pattern, std::size_t value);

    // `path` as in a request target, percent-encoded, without query. Empty segments match no capture; encoded slashes
    // divide nothing.
    std::optional<match> find(std::string_view path) const;

private:
    struct branch {
        std::map<std::string, std::unique_ptr<branch>, std::less<>> literals;
        std::unique_ptr<branch> capture;
        std::optional<std::size_t> here;  // a pattern that ends at this branch
        std::optional<std::size_t> rest;  // `**`
    };

    static bool descend(const branch& from, const std::vector<std::string>& segments, std::size_t at, match& into);

    branch root_;
};

}  // namespace nearside::proxy
