#include "config/reader.h"

#include "config/units.h"

#include <algorithm>

namespace nearside::config {

namespace {

bool expect(const node& value, node::kind kind, std::string_view where, std::string_view wanted, std::string_view mend,
            complaint_list& out) {
    if (value.faulty) return false;
    if (value.is == kind) return true;
    out.push_back({value.at,
                   std::string(where) + " must be " + std::string(wanted) + ", not " + std::string(kind_name(value)),
                   std::string(mend)});
    return false;
}

}  // namespace

reader::reader(const node& mapping, position at, std::string where, complaint_list& out)
    : mapping_(mapping), at_(std::move(at)), where_(std::move(where)), out_(out) {}

const node* reader::take_any(std::string_view key) {
    known_.push_back(key);
    const node* value = mapping_.find(key);
    return value == nullptr || value->faulty ? nullptr : value;
}

const node* reader::take(std::string_view key) {
    const node* value = take_any(key);
    if (value == nullptr || value->is != node::kind::null) return value;
    complain(value->at, quote(key) + " of " + where_ + " has no value", "give it one, or leave the key out");
    return nullptr;
}

const node* reader::take_kind(std::string_view key, node::kind kind, std::string_view wanted) {
    const node* value = take(key);
    if (value == nullptr || value->is == kind) return value;
    complain(
        value->at,
        quote(key) + " of " + where_ + " must be " + std::string(wanted) + ", not " + std::string(kind_name(*value)),
        kind == node::kind::mapping    ? "write `" + std::string(key) + ": {name: value}`"
        : kind == node::kind::sequence ? "write `" + std::string(key) + ": [value, value]`"
                                       : "write `" + std::string(key) + ": value`");
    return nullptr;
}

const node* reader::take_scalar(std::string_view key) {
    return take_kind(key, node::kind::scalar, "a single value");
}

const node* reader::take_mapping(std::string_view key) {
    return take_kind(key, node::kind::mapping, "a mapping");
}

const node* reader::take_sequence(std::string_view key) {
    return take_kind(key, node::kind::sequence, "a list");
}

bool reader::read(std::string_view key, std::string& into) {
    const node* value = take_scalar(key);
    if (value == nullptr) return false;
    into = value->text;
    return true;
}

bool reader::read(std::string_view key, bool& into) {
    const node* value = take_scalar(key);
    if (value == nullptr) return false;
    if (value->text != "true" && value->text != "false") {
        complain(value->at, quote(value->text) + " is neither true nor false", "write `true` or `false`");
        return false;
    }
    into = value->text == "true";
    return true;
}

bool reader::read(std::string_view key, milliseconds& into, milliseconds least) {
    std::optional<milliseconds> duration;
    if (!read(key, duration, least)) return false;
    into = *duration;
    return true;
}

bool reader::read(std::string_view key, std::optional<milliseconds>& into, milliseconds least) {
    const node* value = take_scalar(key);
    if (value == nullptr) return false;
    const std::optional<milliseconds> duration = accept(*value, parse_duration(value->text));
    if (!duration) return false;
    if (*duration < least) {
        complain(value->at, quote(key) + " of " + where_ + " is too short",
                 "write " + quote(format_duration(least)) + " or longer");
        return false;
    }
    into = duration;
    return true;
}

bool reader::read_size(std::string_view key, byte_count& into, byte_count least) {
    const node* value = take_scalar(key);
    if (value == nullptr) return false;
    const std::optional<byte_count> size = accept(*value, parse_size(value->text));
    if (!size) return false;
    if (*size < least) {
        complain(value->at, quote(key) + " of " + where_ + " is too small",
                 "write " + quote(format_size(least)) + " or more");
        return false;
    }
    into = *size;
    return true;
}

bool reader::read_number(std::string_view key, std::optional<std::uint32_t>& into, std::uint32_t least,
                         std::uint32_t most) {
    const node* value = take_scalar(key);
    if (value == nullptr) return false;
    const std::optional<std::uint64_t> number = accept(*value, parse_number(value->text));
    if (!number) return false;
    if (*number < least || *number > most) {
        complain(value->at, quote(key) + " of " + where_ + " is out of range",
                 "write a number from " + std::to_string(least) + " to " + std::to_string(most));
        return false;
    }
    into = static_cast<std::uint32_t>(*number);
    return true;
}

bool reader::read_number(std::string_view key, std::uint32_t& into, std::uint32_t least, std::uint32_t most) {
    std::optional<std::uint32_t> number;
    if (!read_number(key, number, least, most)) return false;
    into = *number;
    return true;
}

bool reader::read_count_or_auto(std::string_view key, std::uint32_t& into, std::uint32_t most) {
    const node* value = mapping_.find(key);
    if (value != nullptr && value->is == node::kind::scalar && value->text == "auto") {
        take(key);
        into = 0;
        return true;
    }
    return read_number(key, into, 1, most);
}

bool reader::read(std::string_view key, std::optional<located<std::string>>& into) {
    const node* value = take_scalar(key);
    if (value == nullptr) return false;
    if (value->text.empty()) {
        complain(value->at, quote(key) + " of " + where_ + " is empty", "give it a value, or leave the key out");
        return false;
    }
    into = located<std::string>{value->text, value->at, value->quoted};
    return true;
}

bool reader::read(std::string_view key, located<std::string>& into) {
    std::optional<located<std::string>> value;
    if (!read(key, value)) return false;
    into = std::move(*value);
    return true;
}

std::vector<located<std::string>> reader::read_list(std::string_view key) {
    std::vector<located<std::string>> list;
    const node* value = take(key);
    if (value == nullptr) return list;
    const auto add = [&](const node& item) {
        if (item.faulty) return;
        if (item.is != node::kind::scalar || item.text.empty()) {
            complain(item.at,
                     "an item of " + quote(key) + " must be text, not " +
                         (item.is == node::kind::scalar ? "an empty one" : std::string(kind_name(item))),
                     "write `" + std::string(key) + ": [value, value]`");
            return;
        }
        list.push_back({item.text, item.at, item.quoted});
    };
    if (value->is == node::kind::sequence) {
        for (const node& item : value->items)
            add(item);
    } else {
        add(*value);
    }
    return list;
}

std::optional<std::size_t> reader::read_choice(std::string_view key, std::initializer_list<std::string_view> names) {
    const node* value = take_scalar(key);
    if (value == nullptr) return std::nullopt;
    const auto found = std::find(names.begin(), names.end(), value->text);
    if (found != names.end()) return static_cast<std::size_t>(found - names.begin());
    std::string mend = "write one of ";
    for (const std::string_view name : names)
        mend += (name == *names.begin() ? "" : ", ") + quote(name);
    complain(value->at, quote(value->text) + " is no " + quote(key) + " of " + where_, mend);
    return std::nullopt;
}

position reader::place_of(std::string_view key) const {
    const node* value = mapping_.find(key);
    return value == nullptr ? at_ : value->at;
}

void reader::not_yet(std::initializer_list<std::string_view> keys) {
    not_yet_.insert(not_yet_.end(), keys.begin(), keys.end());
}

void reader::missing(std::string_view key, std::string mend) {
    complain(at_, where_ + " has no " + quote(key), std::move(mend));
}

void reader::complain(position at, std::string what, std::string mend) {
    out_.push_back({std::move(at), std::move(what), std::move(mend)});
}

void reader::finish() {
    for (const std::string_view key : not_yet_) {
        const auto found = std::find_if(mapping_.members.begin(), mapping_.members.end(),
                                        [&](const member& each) { return each.key.text == key; });
        if (found != mapping_.members.end()) {
            complain(found->key.at, quote(key) + " is not in this version of nearside", "remove it from " + where_);
        }
    }
    for (const auto& [key, value] : mapping_.members) {
        const auto is_key = [&](std::string_view name) { return name == key.text; };
        if (std::any_of(not_yet_.begin(), not_yet_.end(), is_key)) continue;
        if (std::any_of(known_.begin(), known_.end(), is_key)) continue;
        complain(key.at, "unknown key " + quote(key.text) + " in " + where_, suggest_name(key.text, known_));
    }
}

bool expect_item(const member& item, std::string_view where, std::string_view needed, complaint_list& out) {
    if (item.value.is != node::kind::null) return expect_mapping(item.value, where, out);
    out.push_back({item.key.at, std::string(where) + " has nothing in it", "give it " + std::string(needed)});
    return false;
}

bool expect_mapping(const node& value, std::string_view where, complaint_list& out) {
    return expect(value, node::kind::mapping, where, "a mapping", "write `name: value` lines below it", out);
}

bool expect_sequence(const node& value, std::string_view where, complaint_list& out) {
    return expect(value, node::kind::sequence, where, "a list", "write `- ` items below it", out);
}

}  // namespace nearside::config
