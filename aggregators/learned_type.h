// What JSON values of one place have been seen to be: their types, an object's members and which of them were always
// there, what lists hold. Learned from documents (learned_type_reader.h), put together, written as a JSON Schema. Holds
// names of members and types; never a value.
//
// Putting together is a join: in whatever order documents come, and however often, the same type comes out. So is each
// simplification, since it depends only on what a place has: an object with more members, or with more that are not
// always there, than a document's author would write, or with a name that no author would give, is a map; its names are
// data and are forgotten.
// Values; one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace nearside::aggregators {

struct learning_limits {
    std::size_t members = 512;     // of an object that is no map
    std::size_t optional = 64;     // of them not in every object
    std::size_t depth = 24;        // deeper places hold anything
    std::size_t places = 20'000;   // of one type; beyond, it is cut at the depth where it fits. The one limit at which
                                   // the order of documents may matter
    std::size_t items = 100;       // of one list in one document that are looked at, the first ones; also of a map
    std::size_t values = 200'000;  // of one document that are looked at; lists and objects beyond teach nothing
    std::size_t name_bytes = 64;   // of a member that is no key of a map
};

class learned_type {
public:
    enum kind : std::uint8_t {
        null = 1,
        boolean = 2,
        integer = 4,
        number = 8,
        text = 16,
        list = 32,
        object = 64,
        anything = 128,  // what is below was too deep or too much
    };
    struct member;

    learned_type() noexcept;
    learned_type(learned_type&& other) noexcept;
    learned_type& operator=(learned_type&& other) noexcept;
    ~learned_type();

    static learned_type of(kind what);
    // Whether nothing was seen.
    bool empty() const noexcept { return kinds_ == 0; }
    bool is(kind what) const noexcept { return (kinds_ & what) != 0; }
    // Of an object: its names are data, and all its members have one type.
    bool is_map() const noexcept { return values_ != nullptr; }

    const std::vector<member>& members() const noexcept { return members_; }  // by name
    const learned_type* items() const noexcept { return items_.get(); }       // null: no item was seen
    const learned_type* values() const noexcept { return values_.get(); }     // of a map

    // For whoever reads a document. The members of an object are added one by one; it is told what it is at its end.
    void add_item(learned_type item, const learning_limits& limits);
    void add_member(std::string name, learned_type value, const learning_limits& limits);

    // The join. Leaves `limits.places` to keep_within().
    void add(learned_type other, const learning_limits& limits);
    void keep_within(const learning_limits& limits);

    std::size_t places() const noexcept;
    // A JSON Schema (2020-12) of it: the same text for the same type.
    std::string to_schema() const;

    bool equals(const learned_type& other) const;

private:
    void make_map(const learning_limits& limits);
    void settle(const learning_limits& limits);
    void count_places(std::vector<std::size_t>& by_depth, std::size_t depth) const;
    void cut(std::size_t depth);
    void write(std::string& out) const;
    void write_object(std::string& out) const;

    std::uint8_t kinds_ = 0;
    std::vector<member> members_;
    std::unique_ptr<learned_type> items_;
    std::unique_ptr<learned_type> values_;
};

struct learned_type::member {
    std::string name;
    learned_type type;
    bool always = true;
};

// Whether a name is more likely a datum (a number, a date, an id, an address) than a name that the author of a document
// gave to a member.
bool is_data_name(std::string_view name, const learning_limits& limits) noexcept;

}  // namespace nearside::aggregators
