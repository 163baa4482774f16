// The expressions of a configuration: paths into documents (a subset of RFC 9535, JSONPath) and references, which are a
// name (a step, a parameter, a loop variable) followed by a path. Text in, plain values out; nothing is looked up here.
// Values; any thread.
#pragma once

#include <boost/system/result.hpp>

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace nearside::aggregators {

// `.name` or `['name']`: the member of that name. Where an object has it twice, the last one counts, as in browsers.
struct name_selector {
    std::string name;
    friend bool operator==(const name_selector&, const name_selector&) = default;
};

// `[3]`, or `[-1]` counted from the end.
struct index_selector {
    std::int64_t index = 0;
    friend bool operator==(const index_selector&, const index_selector&) = default;
};

// `[*]`: every item of an array, every member value of an object (RFC 9535 2.3.2).
struct wildcard_selector {
    friend bool operator==(const wildcard_selector&, const wildcard_selector&) = default;
};

// What a filter compares with. `text` is the number as written, or the decoded string.
struct json_literal {
    enum class kind { null, boolean, number, string };
    kind is = kind::null;
    bool truth = false;
    std::string text;
    friend bool operator==(const json_literal&, const json_literal&) = default;
};

enum class comparison { equal, not_equal, less, less_or_equal, greater, greater_or_equal };

// Whether a left and a right side in this order compare so (RFC 9535 2.3.5.2.2). What has no order is only unequal.
bool compares(std::partial_ordering order, comparison how) noexcept;

// `[?@.a.b == "x"]`: the items for which it holds (RFC 9535 2.3.5). Values of different types are unequal and never
// ordered; a path that selects nothing equals nothing.
struct filter_selector {
    std::vector<std::string> names;  // of `@.a.b`; empty for `@` alone
    comparison compare = comparison::equal;
    json_literal with;
    friend bool operator==(const filter_selector&, const filter_selector&) = default;
};

using selector = std::variant<name_selector, index_selector, wildcard_selector, filter_selector>;

struct json_path {
    std::vector<selector> selectors;

    // Selects one node at most: names and indexes only.
    bool definite() const noexcept;
    // In its normal form, without `$`.
    std::string to_string() const;
    friend bool operator==(const json_path&, const json_path&) = default;
};

// `jobs.results[*].id` is root `jobs`; `metrics[job].points` is root `metrics`, loop `job`, path `points`.
struct reference {
    std::string root;
    std::optional<std::string> loop;
    json_path path;

    std::string to_string() const;
    friend bool operator==(const reference&, const reference&) = default;
};

// What is wrong with a text, at which byte of it, and how to mend it.
struct path_problem {
    std::size_t offset = 0;
    std::string what;
    std::string mend;
};

[[noreturn]] void throw_exception_from_error(const path_problem& problem, const boost::source_location& where);

template <class T>
using parsed = boost::system::result<T, path_problem>;

// A leading `$` or `$.` may be left out. The empty text is refused; `$` is the whole document.
parsed<json_path> parse_json_path(std::string_view text);
parsed<reference> parse_reference(std::string_view text);

}  // namespace nearside::aggregators
