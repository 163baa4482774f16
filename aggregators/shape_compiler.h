// The first half of compiling a shape: `out` is read, each reference resolved, and what is to be found and written is
// drafted (shape_program.h). shape_schedule.h is the second half. Used by shape.cpp alone; one thread.
#pragma once

#include "aggregators/json_path.h"
#include "aggregators/shape.h"
#include "aggregators/shape_program.h"
#include "aggregators/shape_schedule.h"
#include "aggregators/shape_words.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace nearside::aggregators {

class shape_compiler {
public:
    shape_compiler(const shape_names& names, std::vector<config::complaint>& complaints);

    std::shared_ptr<const shape> compile(const config::node& out);

private:
    using node = config::node;

    struct loop_scope {
        std::string name;  // may be empty
        context_id context = 0;
        std::uint32_t step = 0;  // whose document the items come from
        std::set<element_id> uses;
        bool lost = false;  // nobody knows what it goes over: read for its faults alone
    };
    // Where a reference leads.
    struct target {
        bool parameter = false;
        element_draft draft;
        context_id home = 0;
        std::uint32_t step = 0;
        bool definite = true;
        bool whole_list = false;
    };

    void complain(const node& at, std::string what, std::string mend);

    // What is written: shape_compiler.cpp.
    void value(const node& shape_node, context_id context);
    void mapping(const node& shape_node, context_id context);
    void text(context_id context, std::string_view bytes);
    void member_name(context_id context, const node& key);
    void members(const node& mapping_node, context_id context, bool first);
    element_id add_element(shape_element::kind kind, const target& where, std::string name, context_id writer);
    void plain_reference(const node& at, context_id context);
    void write(const target& where, const reference& what, context_id context);
    void from(const node& shape_node, context_id context);
    void picked(const node& shape_node, target where, std::string name, context_id context);
    void draft_members(const member_words& words, element_draft& draft);
    // The members that `with` adds to an object begun by op number `start`, and the object's end.
    void finish_object(const node* with, context_id context, std::size_t start);
    void merge(const node& shape_node, context_id context);
    std::optional<element_id> merge_part(const node& part, const member_words& all, bool picks_for_all,
                                         context_id context);
    void count(const node& list, context_id context);

    // Loops: shape_loops.cpp.
    void loop(const node& shape_node, std::string_view word, const node& list, context_id context);
    // A loop over what can't be known: its body is read, so that what is wrong in it is told as well.
    void lost_loop(const node& shape_node, const list_words& words);
    void open_loop(const node& shape_node, const target& list);
    std::uint32_t sort_order(const list_words& words, const target& item, context_id body);
    std::optional<element_id> sort_key(const list_words::key& key, const target& item, context_id body);
    // Where the loop that was opened last is run: the innermost context that its list or its text depends on.
    void close_loop(target& list);
    void mark_direct(context_id body);
    std::size_t chain_position(context_id context) const;

    // References: shape_references.cpp.
    std::optional<reference> parse(const node& at);
    std::optional<target> resolve(const node& at, const reference& what);
    std::nullopt_t lost() noexcept;
    std::optional<target> resolve_single(const node& at, const reference& what, target where);
    std::optional<target> resolve_list(const node& at, const reference& what, const shape_names::step& step,
                                       target where);
    // One that selects several values.
    std::optional<target> resolve_several(const node& at, const reference& what, std::string_view word);
    static void find_base(target& where);
    std::vector<std::string_view> all_names() const;
    bool is_free(const std::string& name) const;
    const loop_scope* find_loop(std::string_view name) const;

    void finish_contexts();

    const shape_names& names_;
    std::unordered_map<std::string_view, std::uint32_t> steps_;  // numbers of names_.steps
    std::vector<config::complaint>& complaints_;
    shape_program program_;
    std::vector<element_draft> drafts_;
    std::vector<loop_scope> loops_;  // enclosing, innermost last
    bool lost_ = false;              // something hangs on what was complained about elsewhere: no shape comes of it
    std::size_t barrier_ = 0;        // ops up to here must not be added to
};

}  // namespace nearside::aggregators
