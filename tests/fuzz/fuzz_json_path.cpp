// links: aggregators config core
//
// Paths and references: what is accepted means the same after being printed and read again; what is refused is refused
// at a place inside of the text.
#include "aggregators/json_path.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace {

void require(bool holds) {
    if (!holds) std::abort();
}

template <class Parse>
void check(std::string_view text, Parse parse) {
    const auto first = parse(text);
    if (!first) {
        require(first.error().offset <= text.size() && !first.error().what.empty());
        return;
    }
    const auto again = parse(first->to_string());
    require(again.has_value() && *again == *first);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    check(text, nearside::aggregators::parse_json_path);
    check(text, nearside::aggregators::parse_reference);
    return 0;
}
