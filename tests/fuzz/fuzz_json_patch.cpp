// links: aggregators config core
//
// Two documents, a line each, the newer one below: where both are JSON there is a patch, and applying it to the older
// one gives the newer one's value.
#include "aggregators/json_check.h"
#include "aggregators/json_patch.h"
#include "tests/fuzz/fuzzing.h"
#include "tests/support/apply_json_patch.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace {

using nearside::fuzzing::must;

constexpr std::uint32_t depth_limit = 100;  // of the reader that judges, which goes into the depth by recursion
constexpr std::size_t room = 1000;          // around a replacement of the whole

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    namespace aggregators = nearside::aggregators;
    std::string_view newer({reinterpret_cast<const char*>(data), size});
    const std::string_view older = nearside::fuzzing::line_of(newer);
    const auto before = nearside::buffer::copy_of(older);
    const auto after = nearside::buffer::copy_of(newer);
    const auto check = [](const nearside::buffer& one) { return aggregators::check_json(one, depth_limit); };
    const bool both = !check(before) && !check(after);
    const auto patch = aggregators::json_patch(before, after, {.limit = size + room});
    if (!both) return 0;
    must(patch.has_value() && patch->size() <= newer.size() + room);
    must(!check(nearside::buffer::copy_of(*patch)));
    must(nearside::support::apply_json_patch(nearside::support::read_json_tree(older), *patch) ==
         nearside::support::read_json_tree(newer));
    const auto short_patch = aggregators::json_patch(before, after, {.limit = patch->size() / 2});
    must(!short_patch || short_patch->size() <= patch->size() / 2);
    return 0;
}
