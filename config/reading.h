// What a value's text came to: the value, or what is wrong with the text and how to mend it. The parsers of units,
// addresses and paths return it; the reader of a section adds the place. Values; any thread.
#pragma once

#include <optional>
#include <string>
#include <utility>

namespace nearside::config {

template <class T>
struct reading {
    std::optional<T> value;
    std::string what;  // of a complaint; meaningful without a value
    std::string mend;

    static reading good(T read) { return {std::move(read), {}, {}}; }
    static reading bad(std::string what, std::string mend) { return {std::nullopt, std::move(what), std::move(mend)}; }
};

}  // namespace nearside::config
