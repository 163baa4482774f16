// Reads one mapping of the configuration into typed values. A reader remembers which keys it was asked for; finish()
// complains about the others. One wrong value never hides another: each is complained about and left at its default.
// Made for one mapping; one thread.
#pragma once

#include "config/complain.h"
#include "config/reading.h"
#include "config/settings.h"

#include <cstdint>
#include <initializer_list>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nearside::config {

class reader {
public:
    // `where` names the mapping for people: "server", "step `owner`". `at` is where a missing key is complained about.
    reader(const node& mapping, position at, std::string where, complaint_list& out);

    // Null when `key` is not given, has no value, or was complained about. One that is given without a value is
    // complained about here.
    const node* take(std::string_view key);
    const node* take_scalar(std::string_view key);
    const node* take_mapping(std::string_view key);
    const node* take_sequence(std::string_view key);
    // Also where it is null.
    const node* take_any(std::string_view key);

    // Each leaves `into` alone where the key is absent or its value wrong, and tells whether it changed it.
    bool read(std::string_view key, std::string& into);
    bool read(std::string_view key, bool& into);
    bool read(std::string_view key, milliseconds& into, milliseconds least = milliseconds{1});
    bool read(std::string_view key, std::optional<milliseconds>& into, milliseconds least = milliseconds{0});
    bool read_size(std::string_view key, byte_count& into, byte_count least = 1);
    bool read_number(std::string_view key, std::uint32_t& into, std::uint32_t least,
                     std::uint32_t most = std::numeric_limits<std::uint32_t>::max());
    bool read_number(std::string_view key, std::optional<std::uint32_t>& into, std::uint32_t least,
                     std::uint32_t most = std::numeric_limits<std::uint32_t>::max());
    // `auto` is 0.
    bool read_count_or_auto(std::string_view key, std::uint32_t& into, std::uint32_t most);
    bool read(std::string_view key, located<std::string>& into);
    bool read(std::string_view key, std::optional<located<std::string>>& into);
    // A list of scalars, or a single one.
    std::vector<located<std::string>> read_list(std::string_view key);
    // One of `names`; its place in the list.
    std::optional<std::size_t> read_choice(std::string_view key, std::initializer_list<std::string_view> names);
    // By a parser of this package.
    template <class T>
    std::optional<T> read_as(std::string_view key, reading<T> (*parse)(std::string_view)) {
        const node* value = take_scalar(key);
        return value == nullptr ? std::nullopt : accept(*value, parse(value->text));
    }

    bool given(std::string_view key) const noexcept { return mapping_.find(key) != nullptr; }
    // The place of the key's value, else of the mapping.
    position place_of(std::string_view key) const;

    // Keys that a later version brings: refused by name rather than as misspelt.
    void not_yet(std::initializer_list<std::string_view> keys);
    void missing(std::string_view key, std::string mend);
    void complain(position at, std::string what, std::string mend);
    void finish();

private:
    template <class T>
    std::optional<T> accept(const node& value, reading<T> read) {
        if (!read.value) complain(value.at, std::move(read.what), std::move(read.mend));
        return std::move(read.value);
    }
    const node* take_kind(std::string_view key, node::kind kind, std::string_view wanted);

    const node& mapping_;
    position at_;
    std::string where_;
    complaint_list& out_;
    std::vector<std::string_view> known_;
    std::vector<std::string_view> not_yet_;
};

// Whether an item called for by name holds a mapping; where it holds nothing, `needed` says what belongs there.
bool expect_item(const member& item, std::string_view where, std::string_view needed, complaint_list& out);

// Whether `value` is what `where` needs, a mapping or a list; complains where it isn't.
bool expect_mapping(const node& value, std::string_view where, complaint_list& out);
bool expect_sequence(const node& value, std::string_view where, complaint_list& out);

}  // namespace nearside::config
