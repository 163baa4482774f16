// Keys of stored entries: readable text in which no two different things share a key, and none is a prefix that another
// could be crafted to continue. Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace nearside::cache {

// Builds `view:project-board;id=7;page=1`. Every part but the punctuation written here is
// percent-encoded, so that a value can hold none of it.
class key_builder {
public:
    key_builder(std::string_view kind, std::string_view name);
    // Goes on with a key that take() gave.
    explicit key_builder(std::string begun) : key_(std::move(begun)) {}

    // Call in one fixed order for one kind of thing (the order is part of the key).
    key_builder& add(std::string_view name, std::string_view value);

    // Under which words of the configuration the thing is made: no two of them share a key. Before all that is added.
    key_builder& add_mark(std::string_view mark);

    // The last part: as key_for_principal() adds it.
    key_builder& add_principal(std::string_view digest);

    std::string take() { return std::move(key_); }

private:
    std::string key_;
};

// The same thing as one principal sees it: `digest` is a principal_digest. An empty one leaves the key as it is (an
// entry for everybody).
std::string key_for_principal(std::string_view key, std::string_view digest);

}  // namespace nearside::cache
