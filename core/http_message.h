// HTTP messages as plain values (RFC 9110): a header section kept flat in one string, and the heads of requests and
// responses. No I/O, no parsing of wire bytes. Values; any thread may read what nobody writes.
#pragma once

#include "core/ascii.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nearside {

// ASCII case-insensitive equality: field names, connection options, codings.
bool iequals(std::string_view left, std::string_view right) noexcept;

// A header section: names as they came, in order, repeated names kept apart. All bytes live in one string, so that a
// stored section costs two allocations however many fields it has.
class header_fields {
public:
    struct field {
        std::string_view name;
        std::string_view value;
    };

    // `name` and `value` may point into this section, here and in set().
    void append(std::string_view name, std::string_view value);
    // Replaces every field of that name by one.
    void set(std::string_view name, std::string_view value);
    // Returns how many were removed.
    std::size_t erase(std::string_view name);
    void clear() noexcept;

    // The first of that name.
    std::optional<std::string_view> find(std::string_view name) const noexcept;
    bool contains(std::string_view name) const noexcept { return find(name).has_value(); }
    std::size_t count(std::string_view name) const noexcept;
    // All values of that name joined by ", " (RFC 9110 5.3); empty when there is none.
    std::string combined(std::string_view name) const;

    std::size_t size() const noexcept { return index_.size(); }
    bool empty() const noexcept { return index_.empty(); }
    field operator[](std::size_t position) const noexcept;
    // Bytes held, for budgets.
    std::size_t memory() const noexcept;
    // "Name: value\r\n" for each.
    void write_to(std::string& out) const;

    class iterator {
    public:
        iterator(const header_fields* of, std::size_t position) : of_(of), position_(position) {}
        field operator*() const { return (*of_)[position_]; }
        iterator& operator++() {
            ++position_;
            return *this;
        }
        friend bool operator==(const iterator&, const iterator&) = default;

    private:
        const header_fields* of_;
        std::size_t position_;
    };
    iterator begin() const { return {this, 0}; }
    iterator end() const { return {this, index_.size()}; }

private:
    struct entry {
        std::uint32_t offset;  // of the name in bytes_; the value follows it
        std::uint32_t name_size;
        std::uint32_t value_size;
    };
    std::string bytes_;
    std::vector<entry> index_;
};

// Each comma-separated member of a list field's value, trimmed, empty ones skipped (RFC 9110 5.6.1). Quoted strings
// are kept whole. `each` is called with a string_view into `value`.
template <class Each>
void for_each_member(std::string_view value, Each each) {
    std::size_t start = 0;
    bool quoted = false;
    for (std::size_t at = 0; at <= value.size(); ++at) {
        if (at < value.size()) {
            if (quoted && value[at] == '\\' && at + 1 < value.size()) {
                ++at;
                continue;
            }
            if (value[at] == '"') quoted = !quoted;
            if (quoted || value[at] != ',') continue;
        }
        const std::string_view member = trimmed(value.substr(start, std::min(at, value.size()) - start));
        if (!member.empty()) each(member);
        start = at + 1;
    }
}

// Removes what belongs to one connection only: Connection and whatever it lists, Keep-Alive, Proxy-Connection, TE,
// Transfer-Encoding, Upgrade, Proxy-Authenticate, Proxy-Authorization (RFC 9110 7.6.1, RFC 9111 3.1).
void remove_hop_by_hop(header_fields& fields);

// The two parts of a target in origin-form; the query without its `?`.
std::string_view target_path(std::string_view target) noexcept;
std::string_view target_query(std::string_view target) noexcept;

struct request_head {
    std::string method;
    std::string target;  // origin-form, as received: path and query
    int version = 11;    // 10, 11, 20
    header_fields fields;

    std::string_view path() const noexcept { return target_path(target); }
    std::string_view query() const noexcept { return target_query(target); }
};

struct response_head {
    int status = 200;
    int version = 11;
    header_fields fields;
};

// The standard phrase of a status; "Unknown" for one that has none.
std::string_view reason_phrase(int status) noexcept;

// GET, HEAD, OPTIONS, TRACE (RFC 9110 9.2.1).
bool is_safe_method(std::string_view method) noexcept;
// The safe ones, PUT and DELETE (RFC 9110 9.2.2).
bool is_idempotent_method(std::string_view method) noexcept;

}  // namespace nearside
