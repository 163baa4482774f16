// links: cache config core
// Two requests share a variant's key only where each selecting field compares equal, and no value breaks out of its
// place in the key. Input: the Vary value, then lines `name: value` of one request, an empty line, those of another.
#include "cache/vary.h"
#include "tests/fuzz/fuzzing.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace {

using nearside::fuzzing::line_of;
using nearside::fuzzing::must;
using namespace nearside;
using namespace nearside::cache;

header_fields request_of(std::string_view& rest) {
    header_fields fields;
    while (!rest.empty()) {
        const std::string_view line = line_of(rest);
        if (line.empty()) break;
        const std::size_t colon = line.find(':');
        if (colon == std::string_view::npos) continue;
        fields.append(line.substr(0, colon), line.substr(colon + 1));
    }
    return fields;
}

bool compares_equal(const vary_spec& spec, const header_fields& left, const header_fields& right) {
    return std::all_of(spec.names.begin(), spec.names.end(), [&](const std::string& name) {
        if (left.contains(name) != right.contains(name)) return false;
        return normalised_selector(name, left.combined(name)) == normalised_selector(name, right.combined(name));
    });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view rest(reinterpret_cast<const char*>(data), size);
    header_fields response;
    response.append("Vary", line_of(rest));
    const vary_spec spec = parse_vary(response);
    must(std::is_sorted(spec.names.begin(), spec.names.end()) && spec.names.size() <= most_vary_names);
    must(std::adjacent_find(spec.names.begin(), spec.names.end()) == spec.names.end());
    if (spec.everything) return 0;

    const header_fields left = request_of(rest), right = request_of(rest);
    const std::string left_key = variant_key("k", spec, left), right_key = variant_key("k", spec, right);
    must((left_key == right_key) == compares_equal(spec, left, right));
    must(static_cast<std::size_t>(std::count(left_key.begin(), left_key.end(), ';')) == spec.names.size() + 1);
    must(left_key.size() < 32 + spec.names.size() * 256 + 3 * response.memory());
    return 0;
}
