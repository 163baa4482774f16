// links: cache config core
// Whatever a Cache-Control field holds, it hides no veto that comes after it, and no number in it is out of bounds.
#include "cache/storable.h"
#include "tests/fuzz/fuzzing.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace {

using nearside::fuzzing::must;
using namespace nearside;
using namespace nearside::cache;

bool in_bounds(const std::optional<seconds>& told) {
    return !told || (*told >= seconds{0} && (*told <= longest_delta || *told == seconds::max()));
}

void must_be_in_bounds(const cache_control& read) {
    must(in_bounds(read.max_age) && in_bounds(read.s_maxage) && in_bounds(read.max_stale) && in_bounds(read.min_fresh));
    must(in_bounds(read.stale_while_revalidate) && in_bounds(read.stale_if_error));
    must(read.max_age != seconds::max() && read.s_maxage != seconds::max());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string value(reinterpret_cast<const char*>(data), size);
    cache_control alone;
    read_cache_control(value, alone);
    must_be_in_bounds(alone);

    cache_control vetoed;
    read_cache_control(value + ", no-store, no-cache, private, must-revalidate", vetoed);
    must(vetoed.no_store && vetoed.no_cache && vetoed.is_private && vetoed.must_revalidate);
    must(vetoed.max_age == alone.max_age && vetoed.s_maxage == alone.s_maxage);

    // The same line twice says the same.
    cache_control twice = alone;
    read_cache_control(value, twice);
    must(twice.max_age == alone.max_age && twice.min_fresh == alone.min_fresh && twice.no_store == alone.no_store);

    const wall_time now{seconds{784'111'777}};
    const exchange_times times{.requested = now, .received = now};
    response_head response;
    response.fields.append("Cache-Control", value);
    response.fields.append("ETag", "\"a\"");
    const store_decision decided = decide_store({.method = "GET"}, response, {}, times);
    if (alone.no_store && !alone.must_understand) must(decided.refused == refusal::no_store);
    if (alone.no_cache && decided.refused == refusal::none) must(decided.always_validate);
    must(decided.lives.fresh >= milliseconds{0} && decided.lives.stale >= milliseconds{0});
    must(decided.born <= now);

    response.fields.set("CDN-Cache-Control", value);
    response.fields.set("Age", value);
    const store_decision targeted = decide_store({.method = "GET"}, response, {}, times);
    must(targeted.lives.fresh >= milliseconds{0} && targeted.born <= now);
    must_be_in_bounds(read_origin_word(response.fields).says);
    return 0;
}
