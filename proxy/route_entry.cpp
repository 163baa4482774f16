#include "proxy/route_entry.h"

#include "cache/unsafe_effects.h"
#include "core/http_date.h"
#include "proxy/coded_copies.h"
#include "proxy/route_invalidation.h"
#include "proxy/route_tags.h"

#include <algorithm>
#include <utility>

namespace nearside::proxy {

namespace {

// Different Vary lists of one resource that are known at a time: origins that change theirs settle on one.
constexpr std::size_t most_vary_lists = 4;

// A recipient with a clock adds the Date that the origin left out (RFC 9110 6.6.1).
void repair_date(header_fields& fields, wall_time received) {
    const auto now = std::chrono::floor<std::chrono::seconds>(received);
    const auto date = fields.find("date");
    if (date && parse_http_date(*date, now)) return;
    fields.set("Date", format_http_date(now));
}

}  // namespace

std::shared_ptr<cache::entry> storable_answer::make_entry(body content) const {
    auto made = std::make_shared<cache::entry>();
    made->key = key;
    made->head = prepared_head(response_head{.status = status, .version = 11, .fields = fields});
    made->content = std::move(content);
    made->born = decided.born;
    made->lives = decided.lives;
    made->stamp = stamp;
    made->always_validate = decided.always_validate;
    made->must_revalidate = decided.must_revalidate;
    made->recodable = recodable;
    made->content_since = content_since;
    if (!tags.empty()) {
        auto extras = std::make_unique<cache::entry_extras>();
        extras->tags = tags;
        made->extras = std::move(extras);
    }
    return made;
}

std::shared_ptr<cache::entry> storable_answer::make_own_entry(body content) const {
    auto made = make_entry(std::move(content));
    made->head = prepared_head(response_head{.status = status, .version = 11, .fields = all_fields});
    made->recodable = false;
    return made;
}

answer_judgement judge_answer(const route_question& question, const response_head& answer, cache::exchange_times times,
                              std::uint64_t stamp, std::optional<std::uint64_t> length) {
    answer_judgement judged;
    const route& of = question.of();
    cache::store_decision decided = cache::decide_store(question.facts(), answer, of.policy, times);
    judged.refused = decided.refused;
    if (judged.refused != cache::refusal::none) return judged;

    storable_answer& made = judged.storable;
    made.recodable = is_recodable(answer.status, answer.fields, length);
    made.vary = cache::parse_vary(
        answer.fields, made.recodable ? cache::accept_encoding::left_out : cache::accept_encoding::as_any_other);
    made.key = made.vary.names.empty() ? question.primary
                                       : cache::variant_key(question.primary, made.vary, question.request.fields);
    made.status = answer.status;
    made.fields = answer.fields;
    made.fields.erase("age");
    repair_date(made.fields, times.received);
    if (made.recodable) add_vary_accept_encoding(made.fields);
    made.content_since = times.received;
    if (!decided.withheld.empty()) made.all_fields = made.fields;
    for (const std::string& field : decided.withheld)
        made.fields.erase(field);
    made.tags = response_tags(*question.target, answer.fields, &made.ignored_tags);
    for (std::string& tag : group_tags(of.upstream, cache::cache_groups(answer.fields)))
        made.tags.push_back(std::move(tag));
    made.decided = std::move(decided);
    made.stamp = stamp;
    return judged;
}

std::shared_ptr<cache::entry> make_vary_marker(std::string primary, const cache::vary_spec& newest,
                                               const cache::entry* older) {
    auto extras = std::make_unique<cache::entry_extras>();
    extras->vary.push_back(newest);
    if (older != nullptr && is_vary_marker(*older)) {
        for (const cache::vary_spec& each : older->extras->vary) {
            if (extras->vary.size() < most_vary_lists && each != newest) extras->vary.push_back(each);
        }
    }
    auto marker = std::make_shared<cache::entry>();
    marker->key = std::move(primary);
    marker->extras = std::move(extras);
    return marker;
}

bool is_vary_marker(const cache::entry& stored) noexcept {
    return stored.extras && !stored.extras->vary.empty();
}

}  // namespace nearside::proxy
