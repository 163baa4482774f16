#include "aggregators/projector.h"

#include "aggregators/json_text.h"

#include <algorithm>
#include <utility>

namespace nearside::aggregators {
namespace {

// What stands between the quotes of the name that begins at `begin`, with its colon at `colon`.
std::string_view raw_name(const char* begin, const char* colon) {
    while (*--colon != '"') {
    }
    return {begin + 1, static_cast<std::size_t>(colon - begin - 1)};
}

// What is to be done with each of these members. Only where there is one pick, which has nothing to rename, can several
// be told at once.
std::vector<object_layout::step> steps_of(const need& one, std::span<object_layout::member> members) {
    using step = object_layout::step;
    const bool in_runs = one.picks.size() == 1 && !one.picks.front().apart &&
                         std::ranges::all_of(one.keys, [](const need::key& key) { return key.renamed_by == 0; });
    std::vector<step> steps;
    const auto is_in = [&](std::uint32_t number) {
        if (!in_runs || number >= members.size()) return false;
        const std::uint32_t key = members[number].key;
        return (key != none && (one.keys[key].named_by & 1) != 0) != one.picks.front().omit;
    };
    for (std::uint32_t number = 0; number < members.size(); ++number) {
        if (!in_runs && !one.picks.empty()) {
            steps.push_back({step::kind::tell, number});
            continue;
        }
        const std::uint32_t key = members[number].key;
        members[number].in_run = is_in(number);
        if (is_in(number) && (number == 0 || !is_in(number - 1))) steps.push_back({step::kind::begin_run, number});
        if (key != none && one.keys[key].child != none) steps.push_back({step::kind::walk, number});
        if (is_in(number) && !is_in(number + 1)) steps.push_back({step::kind::end_run, number});
    }
    return steps;
}

}  // namespace

// Joins members that stand side by side, so that the sink copies them at once.
class projector::member_run {
public:
    member_run(const need& one, projection_sink& sink, json_reader& reader)
        : one_(one),
          sink_(sink),
          reader_(reader),
          count_(one.picks.size()),
          omit_(count_ == 1 && one.picks.front().omit),
          apart_(count_ == 1 && one.picks.front().apart) {}

    // The member that no pick names, from `begin` to where the reader now is.
    [[gnu::always_inline]] bool add(std::uint32_t begin) { return count_ == 0 || add_named(0, begin); }

    // The one of a key, whose value begins at `value`.
    [[gnu::always_inline]] bool add(const need::key& key, std::uint32_t begin, std::uint32_t value) {
        if (count_ == 0) return true;
        if (key.renamed_by != 0) [[unlikely]]
            return add_renamed(key, begin, value);
        return add_named(key.named_by, begin);
    }

    // The same for members that are known to be in: the first one begins at `begin`, the mark behind the last one is
    // `behind`, or where the reader now is.
    void begin(std::uint32_t begin) {
        if (begin_ == none) begin_ = begin;
    }
    bool end(std::uint32_t behind) {
        behind_ = behind;
        return flush();
    }
    void extend() {
        if (begin_ != none) behind_ = reader_.position_of(0);
    }

    bool flush() {
        if (begin_ == none) return true;
        const char* const text = reader_.text();
        std::uint32_t end = behind_;
        while (is_json_space(text[end - 1]))
            --end;
        const std::uint32_t begin = std::exchange(begin_, none);
        return sink_.on_members(one_.picks.front().id, begin, end);
    }

private:
    [[gnu::always_inline]] bool add_named(need::pick_set named_by, std::uint32_t begin) {
        if (count_ > 1) return add_to_several(named_by, begin);
        const bool in = ((named_by & 1) != 0) != omit_;
        if (!in) return begin_ == none || flush();
        if (begin_ == none) begin_ = begin;
        behind_ = reader_.position_of(0);
        return !apart_ || flush();
    }

    bool add_to_several(need::pick_set named_by, std::uint32_t begin) {
        const std::uint32_t end = reader_.value_end();
        for (std::size_t number = 0; number < one_.picks.size(); ++number) {
            const need::pick& pick = one_.picks[number];
            const bool in = ((named_by >> number & 1) != 0) != pick.omit;
            if (in && !sink_.on_members(pick.id, begin, end)) return false;
        }
        return true;
    }

    bool add_renamed(const need::key& key, std::uint32_t begin, std::uint32_t value) {
        if (!flush()) return false;
        const std::uint32_t end = reader_.value_end();
        for (std::uint32_t number = 0; number < count_; ++number) {
            const need::pick& pick = one_.picks[number];
            if (((key.named_by >> number & 1) != 0) == pick.omit) continue;
            if ((key.renamed_by >> number & 1) == 0) {
                if (!sink_.on_members(pick.id, begin, end)) return false;
                continue;
            }
            for (const auto& [renaming, new_name] : key.new_names)
                if (renaming == number && !sink_.on_renamed(pick.id, new_name, value, end)) return false;
        }
        return true;
    }

    const need& one_;
    projection_sink& sink_;
    json_reader& reader_;
    const std::size_t count_;
    const bool omit_;  // of the only one
    const bool apart_;
    std::uint32_t begin_ = none;
    std::uint32_t behind_ = 0;  // the mark behind the run's last member
};

bool projector::walk_document(const buffer& document, std::uint32_t depth_limit, const projection& needed,
                              projection_sink& sink) {
    if (document.size() > json_index::max_document) return false;
    needed_ = &needed;
    sink_ = &sink;
    chosen_.clear();
    reader_.open(document, depth_limit);
    return value(projection::root) && reader_.at_clean_end();
}

bool projector::walk_again(std::uint32_t begin, const projection& needed) {
    const projection* const before = std::exchange(needed_, &needed);
    const std::uint32_t resume = reader_.position();
    reader_.seek(begin);
    const bool walked = value(projection::root);
    reader_.seek(resume);
    needed_ = before;
    return walked;
}

bool projector::document_passes(const buffer& document, std::uint32_t depth_limit, const filter_selector& test) {
    if (document.size() > json_index::max_document) return false;
    reader_.open(document, depth_limit);
    bool passes = false;
    return probe(test, passes) && reader_.at_clean_end() && passes;
}

bool projector::value(std::uint32_t number) {
    const need& one = (*needed_)[number];
    const std::uint32_t begin = reader_.position();
    if (one.only_captured()) {
        if (!reader_.skip_value()) return false;
        const std::uint32_t end = reader_.value_end();
        for (const element_id id : one.captures)
            if (!sink_->on_capture(id, begin, end)) return false;
        return true;
    }

    const char first = reader_.text()[begin];
    for (const element_id id : one.loops)
        if (!sink_->on_item_begin(id, begin)) return false;
    if (!tell(one, first)) return false;
    bool walked = false;
    if (first == '{' && (one.enters() || !one.picks.empty())) {
        walked = one.wildcard == none && one.filters.empty() ? object(one) : object_with_care(one, true);
    } else if (first == '[' && (one.enters() || one.flat != none)) {
        const bool one_child = one.indexes.empty() && one.filters.empty() && one.flat == none;
        walked = one_child ? array(one) : array_with_choice(one);
    } else {
        walked = reader_.skip_value();
    }
    if (!walked) return false;
    if (one.flat != none && first != '[') {
        reader_.seek(begin);
        if (!value(one.flat)) return false;
    }
    reader_.position();  // callers look at what is behind the value
    if (one.captures.empty() && one.collects.empty() && one.loops.empty()) return true;
    const std::uint32_t end = reader_.value_end();
    for (const element_id id : one.captures)
        if (!sink_->on_capture(id, begin, end)) return false;
    for (const element_id id : one.collects)
        if (!sink_->on_collect(id, begin, end)) return false;
    for (const element_id id : one.loops)
        if (!sink_->on_item_end(id, begin, end)) return false;
    return true;
}

bool projector::tell(const need& one, char first) {
    for (const element_id id : one.bases)
        if (!sink_->on_base(id, first)) return false;
    for (const need::pick& pick : one.picks)
        if (!sink_->on_pick(pick.id, first)) return false;
    return true;
}

bool projector::object(const need& one) {
    const std::uint32_t begin = reader_.position();
    const bool lists = !one.lists_below.empty();
    if (lists) sink_->remember(one.lists_below);
    object_layout& layout = layout_of(one);
    bool in_step = !layout.empty() && layout.depth() <= reader_.depth_left();
    std::size_t member = 0;
    std::size_t recognised = 0;
    const std::uint64_t moves = reader_.moves();
    const std::uint32_t* const marks = reader_.known_positions();
    if (!reader_.enter()) return false;
    member_run run(one, *sink_, reader_);
    std::uint64_t seen = 0;
    bool repeated = false;  // the children wait for a second walk; the members are picked in this one
    std::uint32_t hint = 0;
    const char* const text = reader_.text();
    std::uint8_t c = reader_.peek();
    if (c != '}') {
        while (true) {
            if (in_step) {
                const std::size_t first = member;
                if (!take_alike(one, layout, member, run, seen)) return false;
                recognised += member - first;
                c = '}';
                if (member == layout.members().size()) break;
            }
            // With what position() makes sure of, the marks up to the one behind a scalar value are there.
            const std::uint32_t key_begin = reader_.position();
            if (reader_.peek_here() != mark::string || reader_.peek_at(1) != ':') return false;
            const std::uint32_t number = one.may_begin(text[key_begin + 1]) ? one.find_key(name_here(), hint) : none;
            reader_.advance(2);
            if (number == none) {
                if (!reader_.skip_value_here() || !run.add(key_begin)) return false;
            } else {
                const need::key& key = one.keys[number];
                const std::uint32_t value_begin = reader_.position_of(0);
                hint = number + 1;
                if ((seen & key.care) != 0 && !repeated) {
                    sink_->go_back(one.lists_below, one.captures_below);
                    repeated = true;
                }
                seen |= key.care;
                if (!(key.child == none || repeated ? reader_.skip_value_here() : value(key.child))) return false;
                if (!run.add(key, key_begin, value_begin)) return false;
            }
            c = reader_.peek_here();
            if (in_step) {
                in_step = layout.members()[member].key == number;
                in_step = ++member < layout.members().size() && in_step;
            }
            if (c != ',') break;
            reader_.advance();
        }
        if (c != '}') return false;
    }
    reader_.leave();
    if (lists) sink_->forget(one.lists_below);
    if (!run.flush()) return false;
    if (repeated) {
        reader_.seek(begin);
        return object_with_care(one, false);
    }
    if (reader_.moves() == moves) {
        const auto count = static_cast<std::size_t>(reader_.known_positions() - marks);
        if (count > 2 && count <= object_layout::most_marks &&
            layout.wants_to_learn(recognised, recognised == 0 ? 1 : layout.members().size()))
            learn(one, layout, count);
    }
    return true;
}

bool projector::take_alike(const need& one, const object_layout& layout, std::size_t& at, member_run& run,
                           std::uint64_t& seen) {
    const std::span<const object_layout::member> members = layout.members();
    // Which mark the reader is at, counted from the object's bracket.
    std::size_t place = members[at].begin;
    reader_.know(layout.size() - place);
    if (reader_.known_marks() < layout.size() - place) return true;
    std::size_t end = at + layout.alike(reader_, at);
    if (end == at) return true;
    // A member that had to be looked at may have been the last of its run.
    if (!members[at].in_run && !run.flush()) return false;
    const auto go_to = [&](std::size_t to) {
        reader_.advance(to - place);
        place = to;
    };
    const auto walk = [&](const object_layout::member& its) {
        const need::key& key = one.keys[its.key];
        seen |= key.care;
        go_to(its.begin + 2);
        if (!value(key.child)) return false;
        place = its.end;
        return true;
    };
    const std::span<const object_layout::step> steps = layout.steps();
    for (std::size_t number = members[at].first_step; number < steps.size() && steps[number].member < end; ++number) {
        const object_layout::member& its = members[steps[number].member];
        switch (steps[number].what) {
            case object_layout::step::kind::begin_run:
                go_to(its.begin);
                run.begin(reader_.position_of(0));
                break;
            case object_layout::step::kind::end_run:
                go_to(its.end);
                if (!run.end(reader_.position_of(0))) return false;
                break;
            case object_layout::step::kind::walk:
                if (!walk(its)) return false;
                break;
            case object_layout::step::kind::tell: {
                go_to(its.begin);
                const std::uint32_t begin = reader_.position_of(0);
                const std::uint32_t value_begin = reader_.position_of(2);
                if (its.key != none && one.keys[its.key].child != none && !walk(its)) return false;
                go_to(its.end);
                if (!(its.key == none ? run.add(begin) : run.add(one.keys[its.key], begin, value_begin))) return false;
                break;
            }
        }
        // A walk may have gone back, and lost sight of what is further on.
        if (reader_.known_marks() < layout.size() - place) end = steps[number].member + 1;
    }
    go_to(members[end - 1].end);
    run.extend();
    at = end;
    if (at < members.size()) reader_.advance();
    return true;
}

object_layout& projector::layout_of(const need& one) {
    for (const auto& [of, layout] : layouts_)
        if (of == &one) return *layout;
    return *layouts_.emplace_back(&one, std::make_unique<object_layout>()).second;
}

void projector::learn(const need& one, object_layout& layout, std::size_t marks) {
    const std::span<const std::uint8_t> kinds(reader_.known_kinds() - marks, marks);
    const std::uint32_t* const positions = reader_.known_positions() - marks;
    std::vector<object_layout::member> members;
    std::uint32_t level = 0;
    for (std::uint32_t at = 0; at < marks; ++at) {
        if (level == 1 && (kinds[at] == ',' || kinds[at] == '}')) members.back().end = at;
        if (kinds[at] == '{' || kinds[at] == '[') ++level;
        if (kinds[at] == '}' || kinds[at] == ']') --level;
        if (level != 1 || kinds[at] != mark::string || kinds[at + 1] != ':') continue;
        const std::string_view name = raw_name(reader_.text() + positions[at], reader_.text() + positions[at + 1]);
        if (name.find('\\') != std::string_view::npos) return;
        members.push_back({.begin = at, .key = one.find_key(name, 0)});
    }
    std::vector<object_layout::step> steps = steps_of(one, members);
    layout.learn(kinds, positions, reader_.text(), std::move(members), std::move(steps));
}

bool projector::object_with_care(const need& one, bool with_picks) {
    const std::uint32_t begin = reader_.position();
    std::vector<std::uint32_t> last(one.keys.size(), none);  // of each key, the member that counts
    if (!reader_.enter()) return false;
    std::uint8_t c = reader_.peek();
    for (std::uint32_t member = 0; c != '}'; ++member) {
        reader_.position();
        if (reader_.peek_at(0) != mark::string || reader_.peek_at(1) != ':') return false;
        const std::uint32_t number = one.find_key(name_here(), 0);
        if (number != none) last[number] = member;
        reader_.advance(2);
        if (!reader_.skip_value()) return false;
        c = reader_.peek();
        if (c != ',') break;
        reader_.advance();
    }
    if (c != '}') return false;
    reader_.leave();

    reader_.seek(begin);
    reader_.enter();
    member_run run(one, *sink_, reader_);
    c = reader_.peek();
    for (std::uint32_t member = 0; c != '}'; ++member) {
        const std::uint32_t key_begin = reader_.position();
        const std::uint32_t number = one.find_key(name_here(), 0);
        reader_.advance(2);
        const std::uint32_t value_begin = reader_.position();
        const std::size_t from = chosen_.size();
        if (number != none && last[number] == member && one.keys[number].child != none)
            chosen_.push_back(one.keys[number].child);
        if (one.wildcard != none) chosen_.push_back(one.wildcard);
        if (!choose_by_filters(one) || !walk_chosen(from)) return false;
        if (with_picks && !(number == none ? run.add(key_begin) : run.add(one.keys[number], key_begin, value_begin)))
            return false;
        c = reader_.peek();
        if (c == ',') reader_.advance();
        c = reader_.peek();
    }
    reader_.leave();
    return run.flush();
}

bool projector::array(const need& one) {
    if (!reader_.enter()) return false;
    if (reader_.peek() != ']') {
        while (true) {
            if (!(one.wildcard == none ? reader_.skip_value() : value(one.wildcard))) return false;
            const std::uint8_t c = reader_.peek();
            if (c == ']') break;
            if (c != ',') return false;
            reader_.advance();
        }
    }
    reader_.leave();
    return true;
}

bool projector::array_with_choice(const need& one) {
    if (!reader_.enter()) return false;
    std::size_t furthest_back = 0;
    for (const auto& [number, child] : one.indexes)
        if (number < 0) furthest_back = std::max(furthest_back, static_cast<std::size_t>(-number));
    std::vector<std::uint32_t> tail(furthest_back);  // a ring: where the last items begin
    std::size_t count = 0;
    if (reader_.peek() != ']') {
        while (true) {
            const std::size_t from = chosen_.size();
            if (furthest_back > 0) tail[count % furthest_back] = reader_.position();
            for (const auto& [number, child] : one.indexes)
                if (number >= 0 && static_cast<std::size_t>(number) == count) chosen_.push_back(child);
            if (one.wildcard != none) chosen_.push_back(one.wildcard);
            if (one.flat != none) chosen_.push_back(one.flat);
            if (!choose_by_filters(one) || !walk_chosen(from)) return false;
            ++count;
            const std::uint8_t c = reader_.peek();
            if (c == ']') break;
            if (c != ',') return false;
            reader_.advance();
        }
    }
    const std::uint32_t resume = reader_.position();
    for (const auto& [number, child] : one.indexes) {
        const auto back = static_cast<std::size_t>(-number);
        if (number >= 0 || back > count) continue;
        reader_.seek(tail[(count - back) % furthest_back]);
        if (!value(child)) return false;
    }
    reader_.seek(resume);
    reader_.leave();
    return true;
}

bool projector::walk_chosen(std::size_t from) {
    if (chosen_.size() == from) return reader_.skip_value();
    const std::uint32_t begin = reader_.position();
    for (std::size_t at = from; at < chosen_.size(); ++at) {
        if (at > from) reader_.seek(begin);
        if (!value(chosen_[at])) return false;
    }
    chosen_.resize(from);
    return true;
}

bool projector::choose_by_filters(const need& one) {
    const std::uint32_t begin = reader_.position();
    for (const need::filter& filter : one.filters) {
        bool passes = false;
        if (!probe(filter.test, passes)) return false;
        reader_.seek(begin);
        if (passes) chosen_.push_back(filter.child);
    }
    return true;
}

bool projector::probe(const filter_selector& test, bool& passes) {
    std::uint32_t begin = 0;
    std::uint32_t end = 0;
    if (!find(test, 0, begin, end) || reader_.fault()) return false;
    passes = holds(test, {reader_.text() + begin, end - begin});
    return true;
}

bool projector::find(const filter_selector& test, std::size_t depth, std::uint32_t& begin, std::uint32_t& end) {
    const std::uint32_t here = reader_.position();
    begin = end = 0;
    if (depth == test.names.size()) {
        if (!reader_.skip_value()) return false;
        begin = here;
        end = reader_.value_end();
        return true;
    }
    if (reader_.peek() != '{') return reader_.skip_value();
    if (!reader_.enter()) return false;
    std::uint8_t c = reader_.peek();
    while (c != '}') {
        reader_.position();
        if (reader_.peek_at(0) != mark::string || reader_.peek_at(1) != ':') return false;
        const bool matches = name_here() == test.names[depth];
        reader_.advance(2);
        if (!(matches ? find(test, depth + 1, begin, end) : reader_.skip_value())) return false;
        c = reader_.peek();
        if (c != ',') break;
        reader_.advance();
        if (reader_.peek() == '}') return false;
    }
    if (c != '}') return false;
    reader_.leave();
    return true;
}

std::string_view projector::name_here() {
    const char* const text = reader_.text();
    const std::string_view raw = raw_name(text + reader_.position_of(0), text + reader_.position_of(1));
    if (!reader_.has_escapes() || reader_.fault() || raw.find('\\') == std::string_view::npos) return raw;
    decoded_name_.clear();
    // A name that is no text (half a surrogate pair) equals no name of a path.
    if (!decode_json_string({raw.data() - 1, raw.size() + 2}, decoded_name_)) return raw;
    return decoded_name_;
}

bool holds(const filter_selector& test, std::string_view raw) {
    return compares(compare_json(raw, test.with), test.compare);
}

}  // namespace nearside::aggregators
