#include "proxy/route_answer.h"

#include "cache/byte_range.h"
#include "cache/coding.h"
#include "cache/conditional.h"
#include "cache/digest.h"
#include "core/http_date.h"
#include "proxy/route_question.h"

#include <utility>

namespace nearside::proxy {

namespace {

cache::precondition condition_of(const request_head& request, const prepared_head& stored, wall_time received,
                                 wall_time now) {
    const auto now_seconds = std::chrono::floor<std::chrono::seconds>(now);
    const auto received_seconds = std::chrono::floor<std::chrono::seconds>(received);
    const cache::validators validators = cache::validators_of(stored);
    return cache::evaluate(request.method, request.fields, stored.status(), validators.etag,
                           cache::modified_when(validators, received_seconds, now_seconds), now_seconds);
}

// Ranges are of the bytes as they are stored (RFC 9110 14.2), and of a whole 200 only.
cache::range_answer ranges_of(const request_head& request, const cache::entry& stored, wall_time now) {
    if (request.method != "GET" || stored.head.status() != 200) return {};
    const auto now_seconds = std::chrono::floor<std::chrono::seconds>(now);
    if (!cache::if_range_holds(request.fields, cache::validators_of(stored.head), now_seconds)) return {};
    return cache::read_ranges(request.fields, stored.content.size());
}

// In no content but by chance: who makes the content cannot know when it will be stored.
std::string boundary_for(const cache::entry& stored) {
    const std::string seed = stored.key + std::to_string(stored.born.time_since_epoch().count());
    const std::string tag = cache::entity_tag(body(seed));
    return "nearside-" + tag.substr(1, 24);
}

}  // namespace

stored_answer make_stored_answer(const request_head& request, const cache::entry& stored, wall_time now) {
    static const auto nothing = std::make_shared<const body>();
    // Most requests have neither, and their answers cost no reading of dates.
    const bool conditional = has_conditions(request.fields), ranged = has_range(request.fields);
    if (!conditional && !ranged) return {stored.head.whole(), nullptr, {}};
    if (condition_of(request, stored.head, stored.born, now) == cache::precondition::not_modified) {
        return {stored.head.not_modified(), nothing, {}};
    }
    cache::range_answer ranges = ranges_of(request, stored, now);
    stored_answer answer{stored.head.whole(), nullptr, {}};
    const std::uint64_t length = stored.content.size();
    switch (ranges.is) {
        case cache::range_answer::kind::whole:
            return answer;
        case cache::range_answer::kind::unsatisfiable: {
            static const prepared_head refused(response_head{.status = 416, .version = 11, .fields = {}});
            answer.head = refused.whole();
            answer.own_content = nothing;
            answer.more.append("Content-Range", cache::unsatisfied_range(length));
            return answer;
        }
        case cache::range_answer::kind::partial:
            break;
    }
    if (ranges.ranges.size() == 1) {
        answer.head = stored.head.partial();
        answer.own_content = std::make_shared<const body>(cache::cut(stored.content, ranges.ranges.front()));
        answer.more.append("Content-Range", cache::content_range(ranges.ranges.front(), length));
        return answer;
    }
    const std::string boundary = boundary_for(stored);
    const std::string_view type = stored.head.find("content-type").value_or(std::string_view{});
    answer.head = stored.head.partial_without_type();
    answer.own_content = std::make_shared<const body>(cache::multipart(stored.content, ranges.ranges, type, boundary));
    answer.more.append("Content-Type", "multipart/byteranges; boundary=" + boundary);
    return answer;
}

bool answers_not_modified(const request_head& request, const prepared_head& stored, wall_time now) {
    return condition_of(request, stored, now, now) == cache::precondition::not_modified;
}

bool takes_stored_coding(const header_fields& request, const prepared_head& stored) {
    const auto told = stored.find("content-encoding");
    if (!told) return true;
    const auto known = cache::coding_of(*told);
    // What isn't known here was chosen by the origin, which answered a request that said what it takes.
    if (!known || *known == cache::coding::identity) return true;
    const cache::accepted_codings accepted(request);
    return !accepted.says_nothing() && accepted.takes(*known);
}

}  // namespace nearside::proxy
