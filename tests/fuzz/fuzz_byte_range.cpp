// links: cache config core
// A Range field never asks for more than there is, never for more than the whole unless apart, and what is cut out is
// what a plain reading of the ranges would cut. Input: the field's value, a line feed, the body.
#include "cache/byte_range.h"
#include "tests/fuzz/fuzzing.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace {

using nearside::fuzzing::must;
using namespace nearside;
using namespace nearside::cache;

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const std::size_t line = std::min(input.find('\n'), input.size());
    const std::string content(input.substr(std::min(line + 1, input.size())));
    header_fields request;
    request.append("Range", input.substr(0, line));
    const range_answer answer = read_ranges(request, content.size());
    must((answer.is == range_answer::kind::partial) == !answer.ranges.empty());
    must(answer.ranges.size() <= most_ranges);
    std::uint64_t bytes = 0;
    const body whole(content);
    for (const byte_range& each : answer.ranges) {
        must(each.first <= each.last && each.last < content.size());
        must(cut(whole, each).to_string() == content.substr(each.first, each.size()));
        bytes += each.size();
    }
    must(bytes <= content.size());
    return 0;
}
