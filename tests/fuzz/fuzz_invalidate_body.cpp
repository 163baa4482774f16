// links: proxy aggregators cache config core
// Any bytes as what a caller of the admin listener wants invalidated: no crash, what is refused says why, and whatever
// is taken keeps the limits that the rest builds on. An order that was understood is understood again when it is
// written as nearside's own body.
#include "cache/path_pattern.h"
#include "core/json_string.h"
#include "proxy/admin_invalidate.h"
#include "tests/fuzz/fuzzing.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace {

using nearside::fuzzing::must;
using namespace nearside;
using namespace nearside::proxy;

bool holds_control(const std::string& text) {
    return std::any_of(text.begin(), text.end(), [](char each) {
        const auto code = static_cast<unsigned char>(each);
        return code < 0x20 || code == 0x7F;
    });
}

void check(const std::vector<std::string>& names, std::size_t most) {
    for (const std::string& each : names)
        must(!each.empty() && each.size() <= most && !holds_control(each));
}

std::string list_of(const char* name, const std::vector<std::string>& texts) {
    std::string out = std::string(",\"") + name + "\":[";
    for (const std::string& each : texts)
        out.append(out.ends_with('[') ? "" : ",").append(json_string(each));
    return out + "]";
}

std::string written(const cache::invalidation_order& order) {
    return std::string("{\"mode\":") + (order.how == cache::invalidation::hard ? "\"hard\"" : "\"soft\"") +
           list_of("tags", order.tags) + list_of("keys", order.keys) + list_of("views", order.views) +
           list_of("paths", order.paths) + "}";
}

void check(const result<cache::invalidation_order>& read) {
    if (!read) {
        must(!read.error().detail.empty());
        return;
    }
    must(!read->empty());
    check(read->tags, invalidation_limits::name_bytes);
    check(read->views, invalidation_limits::name_bytes);
    check(read->keys, invalidation_limits::key_bytes);
    for (const std::string& each : read->paths)
        must(cache::is_path_pattern(each));
    must(summary_of(*read).size() < 4'096);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const auto own = read_invalidation(bytes);
    check(own);
    if (own) {
        const auto again = read_invalidation(written(*own));
        must(again.has_value() && *again == *own);
    }

    // The same bytes as a request of the other kinds: a line that is the target, one for the field, and the body.
    std::string_view rest = bytes;
    request_head request;
    request.method = "PURGE";
    request.target = fuzzing::line_of(rest);
    request.fields.append("Surrogate-Key", fuzzing::line_of(rest));
    check(read_purge(request));
    check(read_tag_purge(request.target, request.fields, rest));
    check(read_tag_purge({}, request.fields, rest));
    return 0;
}
