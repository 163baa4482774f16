// One composition: runs a shape's walks over the documents, keeps what they find, and writes what is complete.
// compose.cpp: which documents are walked, and when; composer_findings.cpp: what is made of what a walk tells.
// One thread.
#pragma once

#include "aggregators/compose.h"
#include "aggregators/findings.h"
#include "aggregators/projector.h"
#include "aggregators/rope.h"
#include "aggregators/shape_program.h"
#include "aggregators/view_writer.h"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace nearside::aggregators {

class composer final : public projection_sink {
public:
    composer(const shape_program& program, std::span<const step_value> steps,
             const std::map<std::string, std::string, std::less<>>& parameters, const compose_limits& limits);

    compose_result run();

    bool on_capture(element_id id, std::uint32_t begin, std::uint32_t end) override;
    bool on_collect(element_id id, std::uint32_t begin, std::uint32_t end) override;
    bool on_base(element_id id, char first) override;
    bool on_item_begin(element_id id, std::uint32_t begin) override;
    bool on_item_end(element_id id, std::uint32_t begin, std::uint32_t end) override;
    bool on_pick(element_id id, char first) override;
    bool on_members(element_id id, std::uint32_t begin, std::uint32_t end) override;
    bool on_renamed(element_id id, std::uint32_t new_name, std::uint32_t begin, std::uint32_t end) override;
    void remember(std::span<const element_id> lists) override;
    void go_back(std::span<const element_id> lists, std::span<const element_id> captures) override;
    void forget(std::span<const element_id> lists) override;

private:
    struct item {
        const char* begin = nullptr;
        std::uint32_t position = 0;
        bool hidden = false;  // beyond what the loop shows; what is written of it is taken back
        rope::mark start;     // of a hidden one
    };
    struct memory {
        finding::state is;
        std::uint32_t count;
        rope::mark place;
        std::size_t members = 0;
    };

    static bool is_shown(const shape_element& loop, std::uint64_t number) noexcept {
        return number >= loop.offset && number - loop.offset < loop.limit;
    }

    bool run_walks(const std::vector<shape_walk>& walks, context_id context = 0);
    bool run_walk(const shape_walk& walk, context_id context);
    bool walk_documents(const step_value& list, const shape_walk& walk);
    bool walk_default(const buffer& document, const shape_walk& walk);
    bool walk_document(const buffer& document, const shape_walk& walk);

    bool fits(const rope& text);
    bool wrong_type(const shape_element& element, std::string detail);

    const shape_program& program_;
    std::span<const step_value> steps_;
    const compose_limits& limits_;

    std::vector<finding> findings_;  // by element
    view_writer writer_;
    std::vector<std::string_view> keys_;  // of the item at hand, to sort it by
    std::vector<item> items_;             // by context: the item at hand
    std::map<const shape_walk*, std::size_t> hints_;
    std::vector<std::unique_ptr<step_value>> defaults_;  // the view may have slices of them until it is finished
    std::vector<memory> marks_;                          // a stack

    std::vector<std::unique_ptr<projector>> readers_;  // one a document that is being walked at the same time
    std::size_t nested_ = 0;
    const buffer* document_ = nullptr;
    std::uint32_t depth_ = 0;  // of loops around what is being walked
    bool failed_ = false;
    compose_failure failure_;
};

}  // namespace nearside::aggregators
