// links: cache config core
// Whatever Redis answers, and in whatever pieces it comes, is replies or an error: the same ones, within the limits.
// Input: the first byte chooses the size of the pieces, the rest are the bytes.
#include "cache/redis_wire.h"
#include "tests/fuzz/fuzzing.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

namespace {

using nearside::fuzzing::must;
using namespace nearside;
using namespace nearside::cache;

constexpr redis_reply_limits limits{.bulk_bytes = 100'000, .reply_bytes = 150'000, .items = 1'000};

struct outcome {
    std::vector<redis_reply> replies;
    bool refused = false;
};

outcome read(std::string_view bytes, std::size_t piece) {
    redis_reply_reader reader(limits);
    outcome seen;
    for (;;) {
        auto next = reader.next();
        if (!next) {
            must(!reader.next());
            seen.refused = true;
            return seen;
        }
        if (*next) {
            seen.replies.push_back(std::move(**next));
            continue;
        }
        if (bytes.empty()) return seen;
        const auto room = reader.prepare();
        must(!room.empty());
        const std::size_t count = std::min({piece, room.size(), bytes.size()});
        std::memcpy(room.data(), bytes.data(), count);
        reader.commit(count);
        bytes.remove_prefix(count);
    }
}

bool same(const redis_reply& left, const redis_reply& right) {
    return left.type == right.type && left.integer == right.integer && left.text() == right.text() &&
           std::equal(left.items.begin(), left.items.end(), right.items.begin(), right.items.end(), same);
}

struct totals {
    std::size_t items = 0, bytes = 0;
};

void count(const redis_reply& reply, std::size_t depth, totals& all) {
    constexpr std::size_t most_depth = 9;
    must(depth < most_depth);
    all.items += reply.items.size();
    if (reply.is(redis_reply::kind::bulk)) {
        must(reply.text().size() <= limits.bulk_bytes);
        all.bytes += reply.text().size();
    }
    for (const redis_reply& each : reply.items)
        count(each, depth + 1, all);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
    const outcome whole = read(bytes, redis_reply_reader::room_bytes);
    const outcome pieces = read(bytes, std::size_t{data[0]} + 1);
    // A line that is too long may be seen to end before it is seen to be too long.
    if (size <= redis_reply_reader::room_bytes) {
        must(whole.refused == pieces.refused && whole.replies.size() == pieces.replies.size());
    }
    const std::size_t both = std::min(whole.replies.size(), pieces.replies.size());
    must(std::equal(whole.replies.begin(), whole.replies.begin() + static_cast<std::ptrdiff_t>(both),
                    pieces.replies.begin(), same));
    for (const redis_reply& each : whole.replies) {
        totals all;
        count(each, 0, all);
        must(all.items <= limits.items && all.bytes <= limits.reply_bytes);
    }
    return 0;
}
