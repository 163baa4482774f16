// links: cache config core
// Conditions, entity tags, merges and references, whatever bytes they are made of. Input: three lines, a client's
// value, a stored value and a target.
#include "cache/conditional.h"
#include "cache/unsafe_effects.h"
#include "tests/fuzz/fuzzing.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace {

using nearside::fuzzing::line_of;
using nearside::fuzzing::must;
using namespace nearside;
using namespace nearside::cache;

// One that the grammar allows (RFC 9110 8.8.3).
bool is_entity_tag(std::string_view text) {
    if (text.starts_with("W/")) text.remove_prefix(2);
    return text.size() >= 2 && text.front() == '"' && text.find('"', 1) == text.size() - 1;
}

void check_conditions(std::string_view asked, std::string_view stored) {
    constexpr http_time now{std::chrono::seconds{784'111'777}};
    header_fields request;
    request.append("If-None-Match", asked);
    (void)evaluate("GET", request, 200, stored, now, now);
    (void)evaluate("PUT", request, 200, stored, now, now, evaluator::origin);
    must(evaluate("GET", request, 404, stored, now, now) == precondition::pass);

    if (is_entity_tag(stored)) {
        header_fields listed;
        listed.append("If-None-Match", "\"some,other\", " + std::string(stored));
        must(evaluate("GET", listed, 200, stored, now, now) == precondition::not_modified);
        must(weakly_equal(stored, stored) && strongly_equal(stored, stored) == !stored.starts_with("W/"));
    }

    header_fields dated;
    dated.append("If-Modified-Since", asked);
    dated.append("If-Range", asked);
    (void)evaluate("GET", dated, 200, {}, now, now);
    if (if_range_holds(dated, {stored, {}, {}}, now) && asked.find('"') != std::string_view::npos) {
        must(asked == stored && !asked.starts_with("W/"));
    }

    header_fields had, update;
    had.append("ETag", stored);
    had.append("Content-Length", "36");
    update.append("Connection", asked);
    update.append("ETag", asked);
    update.append("Content-Length", "10");
    const header_fields now_has = merged(had, update);
    must(now_has.count("content-length") == 1 && now_has.find("content-length") == "36");
    must(!now_has.contains("connection"));
    (void)freshens(validators_of(had), update);
}

void check_reference(std::string_view reference, std::string_view target) {
    static const std::array<std::string, 1> own = {"http://edge.example"};
    const auto resolved = resolve_same_origin(reference, target, own);
    // A request's target has no fragment.
    if (!resolved || !target.starts_with('/') || target.find('#') != std::string_view::npos) return;
    must(resolved->starts_with('/') && resolved->find('#') == std::string::npos);
    if (reference.empty() || reference.starts_with('?') || reference.starts_with('#')) return;
    const std::string_view path = std::string_view(*resolved).substr(0, resolved->find('?'));
    must(path.find("/../") == std::string_view::npos && path.find("/./") == std::string_view::npos);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view rest(reinterpret_cast<const char*>(data), size);
    const std::string_view asked = line_of(rest), stored = line_of(rest), target = line_of(rest);
    check_conditions(asked, stored);
    check_reference(asked, target);

    response_head response;
    response.fields.append("Location", asked);
    response.fields.append("Cache-Group-Invalidation", stored);
    static const std::array<std::string, 1> own = {"http://edge.example"};
    const unsafe_effects effects = effects_of("POST", target, response, own);
    must(!effects.targets.empty() && effects.targets.front() == target && effects.targets.size() <= 2);
    must(effects.groups.size() <= most_cache_groups);
    return 0;
}
