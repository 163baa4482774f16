#include "aggregators/findings.h"

#include <limits>

namespace nearside::aggregators {

std::vector<finding> make_findings(const shape_program& program) {
    std::vector<finding> findings(program.elements.size());
    for (std::size_t id = 0; id < findings.size(); ++id) {
        const shape_element& element = program.elements[id];
        finding& made = findings[id];
        made.into = &findings[element.direct ? program.contexts[element.home].loop : id].text;
        if (element.order == none && !element.apart) continue;
        made.held = std::make_unique<held_back>();
        if (element.order == none) continue;
        const std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
        const std::uint64_t shown = element.limit > most - element.offset ? most : element.offset + element.limit;
        made.held->sorted.emplace(program.orders[element.order].descending, shown);
    }
    return findings;
}

}  // namespace nearside::aggregators
