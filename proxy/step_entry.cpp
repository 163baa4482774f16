#include "proxy/step_entry.h"

#include "aggregators/fetch_verdict.h"
#include "cache/conditional.h"
#include "cache/reuse.h"
#include "cache/unsafe_effects.h"
#include "proxy/route_invalidation.h"
#include "proxy/route_tags.h"

#include <utility>

namespace nearside::proxy {

namespace {

// 203 is a 200 that someone on the way has changed (RFC 9110 15.3.4).
bool is_document(const aggregators::fetch_response& answer) noexcept {
    return (answer.status == 200 || answer.status == 203) && answer.document.size() > 0;
}

// The operator speaks of views. Naming windows, though none is wanted, says that a user's own copy may be kept.
cache::route_policy policy_of_steps() {
    cache::route_policy policy;
    policy.windows.stale = policy.windows.stale_if_error = milliseconds{0};
    return policy;
}

std::vector<std::string> tags_of(const step_question& question, const header_fields& fields) {
    std::vector<std::string> tags = upstream_tags(fields);
    for (std::string& tag : group_tags(question.upstream, cache::cache_groups(fields)))
        tags.push_back(std::move(tag));
    return tags;
}

}  // namespace

step_judgement judge_step(const step_question& question, const aggregators::fetch_response& answer,
                          cache::exchange_times times, wall_time content_since, std::uint64_t stamp) {
    static const cache::route_policy policy = policy_of_steps();
    step_judgement judged;
    judged.born = times.received - cache::corrected_initial_age(answer.fields, times);
    response_head head{.status = answer.status, .version = 11, .fields = answer.fields};
    if (question.who.one_user) {
        head.fields.erase("set-cookie");
        head.fields.erase("set-cookie2");
    }
    const cache::request_facts facts{.method = "GET",
                                     .authorization = question.who.authorization,
                                     .cookie = question.who.cookie,
                                     .keyed_by_principal = !question.who.digest.empty(),
                                     .one_user = question.who.one_user,
                                     .asked = {}};
    const cache::store_decision decided = cache::decide_store(facts, head, policy, times);
    judged.refused = decided.refused;
    if (decided.refused != cache::refusal::none || !is_document(answer)) return judged;

    const cache::origin_word word = cache::read_origin_word(head.fields);
    const bool told = cache::explicit_lifetime(head.fields, word, times.received).is_explicit();
    auto made = std::make_shared<cache::entry>();
    made->key = question.identity.key;
    made->born = decided.born;
    made->lives.fresh = told ? decided.lives.fresh : milliseconds{0};
    made->always_validate = decided.always_validate;
    made->must_revalidate = true;
    made->stamp = stamp;
    made->content_since = content_since;
    made->content = body(answer.document);
    auto extras = std::make_unique<cache::entry_extras>();
    extras->tags = tags_of(question, head.fields);
    extras->document = answer.document;
    extras->content_hash = answer.content_hash;
    made->extras = std::move(extras);

    head.fields.erase("age");
    head.fields.erase("set-cookie");
    head.fields.erase("set-cookie2");
    for (const std::string& field : decided.withheld)
        head.fields.erase(field);
    made->head = prepared_head(head);

    const bool of_use = decided.born + made->lives.fresh > times.received || cache::validators_of(made->head).any();
    if (!of_use) {
        judged.refused = cache::refusal::no_lifetime;
    } else {
        judged.made = std::move(made);
    }
    return judged;
}

bool is_for_all_who_ask(cache::refusal refused) noexcept {
    switch (refused) {
        case cache::refusal::no_store:
        case cache::refusal::private_response:
        case cache::refusal::vary_everything:
        case cache::refusal::set_cookie:
        case cache::refusal::authorization:
        case cache::refusal::cookie:
        case cache::refusal::not_understood:
        case cache::refusal::event_stream:
            return false;
        default:
            return true;
    }
}

bool revokes_step(int status) noexcept {
    return aggregators::takes_back(status);
}

step_use decide_step_use(const cache::entry* stored, cache::invalidation fate, const step_demand& demand,
                         wall_time now) noexcept {
    if (stored == nullptr || fate == cache::invalidation::hard) return step_use::fetch;
    const bool fresh = !stored->always_validate && cache::time_to_live(*stored, now) > milliseconds{0};
    const bool late_enough = !demand.anew && (!demand.read_since || stored->born >= *demand.read_since);
    if (fate == cache::invalidation::none && fresh && late_enough) return step_use::answer;
    return cache::validators_of(stored->head).any() ? step_use::validate : step_use::fetch;
}

cache::seconds age_to_tell(wall_time born, wall_time asked) noexcept {
    if (asked <= born + cache::same_moment) return cache::seconds{0};
    return std::chrono::ceil<cache::seconds>(asked - born);
}

void set_age(header_fields& fields, cache::seconds age) {
    if (age > cache::seconds{0}) {
        fields.set("Age", std::to_string(age.count()));
    } else {
        fields.erase("age");
    }
}

aggregators::fetch_response answer_from(const cache::entry& stored, wall_time asked) {
    aggregators::fetch_response answer;
    answer.status = stored.head.status();
    answer.fields = stored.head.fields();
    set_age(answer.fields, age_to_tell(stored.born, asked));
    answer.document = stored.extras->document;
    answer.content_hash = stored.extras->content_hash;
    return answer;
}

std::optional<aggregators::fetch_response> freshened(const cache::entry& stored,
                                                     const aggregators::fetch_response& not_modified) {
    if (!cache::freshens(cache::validators_of(stored.head), not_modified.fields)) return std::nullopt;
    aggregators::fetch_response renewed;
    renewed.status = stored.head.status();
    renewed.fields = cache::merged(stored.head.fields(), not_modified.fields);
    renewed.document = stored.extras->document;
    renewed.content_hash = stored.extras->content_hash;
    renewed.wire_bytes = not_modified.wire_bytes;
    renewed.reused_connection = not_modified.reused_connection;
    return renewed;
}

}  // namespace nearside::proxy
