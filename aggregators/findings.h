// What the walks of a composition have found of each element of a shape so far.
// Owned by one composition; one thread.
#pragma once

#include "aggregators/member_merge.h"
#include "aggregators/rope.h"
#include "aggregators/shape_program.h"
#include "aggregators/sorted_results.h"
#include "core/body.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace nearside::aggregators {

// What can't be written before all of it is found.
struct held_back {
    std::optional<sorted_results> sorted;  // of a loop that is sorted
    std::vector<found_member> members;     // of a part of a merge
    std::uint32_t objects = 0;             // that they are of, at most

    void clear() {
        if (sorted) sorted->clear();
        members.clear();
        objects = 0;
    }
};

struct finding {
    enum class state : std::uint8_t { missing, null, present };
    state is = state::missing;
    std::uint32_t count = 0;  // members or items
    // A capture.
    const buffer* document = nullptr;
    std::uint32_t begin = 0;
    std::uint32_t end = 0;
    // All others.
    rope text;
    rope* into = nullptr;  // of a pick: its own text, or that of the loop that it is written straight into
    // Of a sorted loop and a part of a merge alone.
    std::unique_ptr<held_back> held;

    void clear() {
        is = state::missing;
        count = 0;
        if (!text.empty()) text.clear();
        if (held) held->clear();
    }
    // A capture's value; empty where nothing was found.
    std::string_view value() const noexcept {
        return is == state::present ? document->view().substr(begin, end - begin) : std::string_view();
    }
};

// By number of the element. The program outlives them.
std::vector<finding> make_findings(const shape_program& program);

}  // namespace nearside::aggregators
