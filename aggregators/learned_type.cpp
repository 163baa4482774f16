#include "aggregators/learned_type.h"

#include "core/ascii.h"
#include "core/json_string.h"
#include "core/percent_encoding.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace nearside::aggregators {

namespace {

bool is_hexadecimal(char letter) noexcept {
    return hex_digit(letter) >= 0;
}

// Joins of nothing with something are made in place, where it costs no copy.
std::unique_ptr<learned_type>& made(std::unique_ptr<learned_type>& slot) {
    if (!slot) slot = std::make_unique<learned_type>();
    return slot;
}

}  // namespace

learned_type::learned_type() noexcept = default;
learned_type::learned_type(learned_type&& other) noexcept = default;
learned_type& learned_type::operator=(learned_type&& other) noexcept = default;
learned_type::~learned_type() = default;

learned_type learned_type::of(kind what) {
    learned_type made;
    made.kinds_ = what;
    return made;
}

bool is_data_name(std::string_view name, const learning_limits& limits) noexcept {
    constexpr std::size_t least_digest = 8;    // letters
    constexpr std::size_t least_number = 3;    // digits: `line_2` is an author's name
    constexpr std::size_t least_id = 16;       // letters of an id that is one word
    constexpr std::ptrdiff_t many_digits = 4;  // in one
    if (name.empty() || name.size() > limits.name_bytes) return true;
    // What authors write in names: letters of any alphabet, digits, `_`, `-`, `.`, `$`, and `@`, `#`, `:` as JSON-LD
    // and kin do, at the start or between words. An address has its `@` further on.
    constexpr std::string_view never = "/\\?&=<>\"'`|%,;*";
    const auto is_control = [](char letter) { return static_cast<unsigned char>(letter) < ' '; };
    if (name.find_first_of(never) != std::string_view::npos || std::any_of(name.begin(), name.end(), is_control))
        return true;
    if (name.find('@', 1) != std::string_view::npos) return true;
    const std::ptrdiff_t digits = std::count_if(name.begin(), name.end(), is_digit);
    if (digits == 0) return false;
    // Numbers, dates, times, addresses; digests and UUIDs.
    if (name.find_first_not_of("0123456789-:._+TZ ") == std::string_view::npos) return true;
    if (name.size() >= least_digest &&
        std::all_of(name.begin(), name.end(), [](char c) { return is_hexadecimal(c) || c == '-'; }))
        return true;
    // What stands behind a prefix: `job-171`, `usr_01hv3k9x2m4q5r6t7`.
    const std::size_t mark = name.find_last_of("-:_. ");
    const std::string_view last = mark == std::string_view::npos ? name : name.substr(mark + 1);
    const bool number = mark != std::string_view::npos && std::all_of(last.begin(), last.end(), is_digit);
    if (number && last.size() >= least_number) return true;
    return last.size() >= least_id && digits >= many_digits;
}

void learned_type::add_item(learned_type item, const learning_limits& limits) {
    made(items_)->add(std::move(item), limits);
}

void learned_type::add_member(std::string name, learned_type value, const learning_limits& limits) {
    if (!is_map() && is_data_name(name, limits)) make_map(limits);
    if (is_map()) {
        values_->add(std::move(value), limits);
        return;
    }
    const auto at = std::lower_bound(members_.begin(), members_.end(), name,
                                     [](const member& each, const std::string& wanted) { return each.name < wanted; });
    // A name that an object has twice: either may be what a client reads.
    if (at != members_.end() && at->name == name) {
        at->type.add(std::move(value), limits);
        return;
    }
    members_.insert(at, member{std::move(name), std::move(value), true});
    settle(limits);
}

void learned_type::add(learned_type other, const learning_limits& limits) {
    if (is(anything) || other.is(anything)) {
        *this = of(anything);
        return;
    }
    const bool both = is(object) && other.is(object);
    kinds_ |= other.kinds_;
    if (other.items_) {
        if (items_) {
            items_->add(std::move(*other.items_), limits);
        } else {
            items_ = std::move(other.items_);
        }
    }
    if (is_map() || other.is_map()) {
        make_map(limits);
        other.make_map(limits);
        values_->add(std::move(*other.values_), limits);
        return;
    }
    std::vector<member> joined;
    joined.reserve(std::max(members_.size(), other.members_.size()));
    auto ours = members_.begin();
    auto theirs = other.members_.begin();
    const auto take_alone = [&](member& one) {
        one.always = one.always && !both;
        joined.push_back(std::move(one));
    };
    while (ours != members_.end() || theirs != other.members_.end()) {
        if (theirs == other.members_.end() || (ours != members_.end() && ours->name < theirs->name)) {
            take_alone(*ours++);
        } else if (ours == members_.end() || theirs->name < ours->name) {
            take_alone(*theirs++);
        } else {
            ours->type.add(std::move(theirs->type), limits);
            ours->always = ours->always && theirs->always;
            joined.push_back(std::move(*ours++));
            ++theirs;
        }
    }
    members_ = std::move(joined);
    settle(limits);
}

void learned_type::make_map(const learning_limits& limits) {
    made(values_);
    for (member& each : members_)
        values_->add(std::move(each.type), limits);
    members_.clear();
    members_.shrink_to_fit();
}

void learned_type::settle(const learning_limits& limits) {
    const auto optional =
        std::count_if(members_.begin(), members_.end(), [](const member& each) { return !each.always; });
    if (members_.size() > limits.members || std::cmp_greater(optional, limits.optional)) make_map(limits);
}

std::size_t learned_type::places() const noexcept {
    std::size_t count = 1;
    for (const member& each : members_)
        count += each.type.places();
    if (items_) count += items_->places();
    if (values_) count += values_->places();
    return count;
}

void learned_type::keep_within(const learning_limits& limits) {
    if (places() <= limits.places) return;
    std::vector<std::size_t> by_depth;
    count_places(by_depth, 0);
    std::size_t sum = 0;
    std::size_t depth = 0;
    while (depth < by_depth.size() && sum + by_depth[depth] <= limits.places)
        sum += by_depth[depth++];
    // The deepest ones that fit become those that hold anything.
    cut(depth == 0 ? 0 : depth - 1);
}

void learned_type::count_places(std::vector<std::size_t>& by_depth, std::size_t depth) const {
    if (by_depth.size() <= depth) by_depth.resize(depth + 1);
    ++by_depth[depth];
    for (const member& each : members_)
        each.type.count_places(by_depth, depth + 1);
    if (items_) items_->count_places(by_depth, depth + 1);
    if (values_) values_->count_places(by_depth, depth + 1);
}

void learned_type::cut(std::size_t depth) {
    if (depth == 0) {
        if (is(list) || is(object)) *this = of(anything);
        return;
    }
    for (member& each : members_)
        each.type.cut(depth - 1);
    if (items_) items_->cut(depth - 1);
    if (values_) values_->cut(depth - 1);
}

std::string learned_type::to_schema() const {
    std::string out;
    write(out);
    return out;
}

void learned_type::write(std::string& out) const {
    if (kinds_ == 0 || is(anything)) {
        out += "{}";
        return;
    }
    std::vector<std::string_view> names;
    if (is(object)) names.emplace_back("object");
    if (is(list)) names.emplace_back("array");
    if (is(text)) names.emplace_back("string");
    // A place that held a fraction once is no integer's.
    if (is(number)) {
        names.emplace_back("number");
    } else if (is(integer)) {
        names.emplace_back("integer");
    }
    if (is(boolean)) names.emplace_back("boolean");
    if (is(null)) names.emplace_back("null");

    out += "{\"type\":";
    if (names.size() > 1) out += '[';
    for (std::size_t at = 0; at < names.size(); ++at) {
        if (at > 0) out += ',';
        out.append("\"").append(names[at]).append("\"");
    }
    if (names.size() > 1) out += ']';
    if (is(object)) write_object(out);
    if (is(list) && items_ && !items_->empty()) {
        out += ",\"items\":";
        items_->write(out);
    }
    out += '}';
}

void learned_type::write_object(std::string& out) const {
    if (is_map()) {
        out += ",\"additionalProperties\":";
        values_->write(out);
        return;
    }
    if (members_.empty()) return;
    out += ",\"properties\":{";
    for (const member& each : members_) {
        if (&each != &members_.front()) out += ',';
        append_json_string(out, each.name);
        out += ':';
        each.type.write(out);
    }
    out += '}';
    bool first = true;
    for (const member& each : members_) {
        if (!each.always) continue;
        out += std::exchange(first, false) ? ",\"required\":[" : ",";
        append_json_string(out, each.name);
    }
    if (!first) out += ']';
}

bool learned_type::equals(const learned_type& other) const {
    const auto same = [](const std::unique_ptr<learned_type>& one, const std::unique_ptr<learned_type>& two) {
        return one && two ? one->equals(*two) : !one && !two;
    };
    return kinds_ == other.kinds_ &&
           std::equal(members_.begin(), members_.end(), other.members_.begin(), other.members_.end(),
                      [](const member& one, const member& two) {
                          return one.name == two.name && one.always == two.always && one.type.equals(two.type);
                      }) &&
           same(items_, other.items_) && same(values_, other.values_);
}

}  // namespace nearside::aggregators
