// The configuration file as a tree that knows where everything was written: what is left when includes are read and the
// environment is filled in, and before anything is given a type. Values; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace nearside::config {

struct position {
    std::string file;
    std::uint32_t line = 0;  // 1-based
    std::uint32_t column = 0;

    std::string to_string() const;  // file:line:column
    friend auto operator<=>(const position&, const position&) = default;
};

struct member;

struct node {
    enum class kind { null, scalar, sequence, mapping };

    kind is = kind::null;
    position at;
    std::string text;             // of a scalar, environment filled in
    bool quoted = false;          // a quoted scalar is a string even where it looks like a number
    bool faulty = false;          // complained about already: whoever reads it leaves it alone
    std::vector<node> items;      // of a sequence
    std::vector<member> members;  // of a mapping, in the file's order

    const node* find(std::string_view key) const noexcept;
};

struct member {
    node key;  // a scalar
    node value;
};

// One thing wrong with a configuration: where, what, and how to mend it.
struct complaint {
    position at;
    std::string what;
    std::string mend;

    std::string to_string() const;  // file:line:column: what; mend
};

// The name among `known` that a misspelt `name` most likely meant; empty when none is near.
std::string_view nearest_name(std::string_view name, const std::vector<std::string_view>& known);

}  // namespace nearside::config
