// Walks a document along a projection and tells a sink what it finds, in the document's order, checking the whole
// document on its way. Everything is told with byte positions in the document.
// An object that has a needed name twice is walked again with the last one alone, after the sink has taken back what it
// was told below that object.
// One owner, one thread; a projector may be used for one document after another.
#pragma once

#include "aggregators/json_reader.h"
#include "aggregators/object_layout.h"
#include "aggregators/projection.h"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nearside::aggregators {

// Each call that returns bool may return false: the walk stops, and the sink knows why.
class projection_sink {
public:
    virtual bool on_capture(element_id id, std::uint32_t begin, std::uint32_t end) = 0;
    virtual bool on_collect(element_id id, std::uint32_t begin, std::uint32_t end) = 0;
    // `first`: the first byte of the value that a list is selected from.
    virtual bool on_base(element_id id, char first) = 0;
    virtual bool on_item_begin(element_id id, std::uint32_t begin) = 0;
    virtual bool on_item_end(element_id id, std::uint32_t begin, std::uint32_t end) = 0;
    // The value whose members are picked; on_members follow only when `first` is '{'.
    virtual bool on_pick(element_id id, char first) = 0;
    // One or several members that stand side by side in the document, from the first one's name to the last one's
    // value.
    virtual bool on_members(element_id id, std::uint32_t begin, std::uint32_t end) = 0;
    // A member's value, for which the pick has another name. Never called where no pick renames.
    virtual bool on_renamed(element_id, std::uint32_t /*new_name*/, std::uint32_t /*begin*/, std::uint32_t /*end*/) {
        return true;
    }

    // Remember what was told about these lists; go back to what was remembered last, and forget these captures; forget
    // what was remembered last.
    virtual void remember(std::span<const element_id> lists) = 0;
    virtual void go_back(std::span<const element_id> lists, std::span<const element_id> captures) = 0;
    virtual void forget(std::span<const element_id> lists) = 0;

protected:
    ~projection_sink() = default;
};

class projector {
public:
    // False when the sink stopped it, or the document is not JSON, or too deep. `sink` and the document stay alive for
    // the time of the call, `needed` as long as the projector, which remembers what its objects looked like.
    bool walk_document(const buffer& document, std::uint32_t depth_limit, const projection& needed,
                       projection_sink& sink);
    // From within on_item_end: walks the item that began at `begin` once more, by another projection.
    bool walk_again(std::uint32_t begin, const projection& needed);
    // Whether the document passes a test on one of its values; a document that is not JSON does not.
    bool document_passes(const buffer& document, std::uint32_t depth_limit, const filter_selector& test);

private:
    class member_run;

    bool value(std::uint32_t number);
    bool object(const need& one);
    // The members from number `at` on that stand as they did before; moves `at` behind them. The reader is at a name,
    // and afterwards at the next one, or, with all members taken, at the bracket that closes the object.
    bool take_alike(const need& one, const object_layout& layout, std::size_t& at, member_run& run,
                    std::uint64_t& seen);
    object_layout& layout_of(const need& one);
    // The reader is behind the object, whose marks are the last `marks`.
    void learn(const need& one, object_layout& layout, std::size_t marks);
    // With a name repeated, or wildcards or filters that apply to members too.
    bool object_with_care(const need& one, bool with_picks);
    bool array(const need& one);
    // With indexes, filters or a flat child, so that several children, or none, apply to an item.
    bool array_with_choice(const need& one);
    bool tell(const need& one, char first);
    // The children in chosen_ from `from` on, each from the reader's position, which is behind the value afterwards.
    bool walk_chosen(std::size_t from);
    bool choose_by_filters(const need& one);
    // Consumes a value; `passes` tells whether the test holds for it.
    bool probe(const filter_selector& test, bool& passes);
    // Consumes a value and finds what names[depth..] lead to in it; `end` stays 0 when nothing.
    bool find(const filter_selector& test, std::size_t depth, std::uint32_t& begin, std::uint32_t& end);
    // The member name at the reader's position, escapes decoded.
    std::string_view name_here();

    json_reader reader_;
    const projection* needed_ = nullptr;
    projection_sink* sink_ = nullptr;
    std::string decoded_name_;
    std::vector<std::uint32_t> chosen_;  // a stack: children that apply to the value at hand
    std::vector<std::pair<const need*, std::unique_ptr<object_layout>>> layouts_;
};

// RFC 9535 2.3.5.2.2: whether the value `raw` (empty: nothing was selected) compares so with the literal.
bool holds(const filter_selector& test, std::string_view raw);

}  // namespace nearside::aggregators
