#include "proxy/view_handler.h"

#include "proxy/problem.h"
#include "proxy/second_tier.h"
#include "proxy/view_answer.h"
#include "proxy/view_failure.h"
#include "proxy/view_lines.h"

#include <optional>
#include <utility>

namespace nearside::proxy {

bool view_handler::may_stand_in(const found& older, wall_time now) noexcept {
    return cache::may_serve_on_error(cache::facts_of(*older.entry, older.fate), {}, now);
}

view_handler::found view_handler::find(const view_question& question, bool counts_as_use) const {
    found stored{counts_as_use ? store_.find(question.key) : store_.peek(question.key)};
    if (stored.entry) stored.fate = epochs_.fate_of(*stored.entry, question.names());
    if (stored.fate == cache::invalidation::hard) stored.entry = nullptr;
    return stored;
}

// When the request is answered as of.
wall_time view_handler::moment_of(const view_question& question, const exchange& call) {
    return question.waited_till.value_or(call.received_at());
}

cache::reuse_decision view_handler::decide(const view_question& question, const found& stored, wall_time now) {
    if (!stored.entry) return cache::decide_reuse(static_cast<const cache::entry*>(nullptr), question.asked, now);
    const cache::stored_facts facts = cache::facts_of(*stored.entry, stored.fate);
    return cache::decide_reuse(&facts, question.asked, now);
}

bool view_handler::answer_stored(exchange& call, const view_question& question) {
    const found stored = find(question, true);
    if (wants_lines(call.head().fields) && has_many_lines_to_make(call, stored.entry)) return false;
    const std::optional<serving> found = look_up(call, question, stored);
    if (!found) return false;
    // What may be answered from stored copies alone may be in the second tier.
    if (!found->entry && second_ != nullptr) return false;
    if (found->entry)
        give(call, question, *found, moment_of(question, call));
    else
        give_only_if_cached(call);
    return true;
}

std::optional<view_handler::serving> view_handler::look_up(exchange& call, const view_question& question,
                                                           const found& stored) {
    const wall_time now = moment_of(question, call);
    const cache::reuse_decision decision = decide(question, stored, now);
    const auto hit = [&](std::string_view detail) {
        const cache::stored_facts facts = cache::facts_of(*stored.entry, stored.fate);
        return serving{stored.entry, {.hit = true, .time_to_live = cache::time_to_live(facts, now), .detail = detail}};
    };
    switch (decision.verdict) {
        case cache::reuse::fresh:
            meters_.of(question.of()).fresh.add();
            ahead_.used(question, call.head());
            return hit({});
        case cache::reuse::stale:
            meters_.of(question.of()).stale.add();
            ahead_.used(question, call.head());
            refresh_.behind(question, call.head(), stored.entry);
            return hit(stale_while_revalidate);
        case cache::reuse::stale_asked:
            meters_.of(question.of()).stale.add();
            return hit(max_stale);
        case cache::reuse::only_if_cached:
            return serving{};
        case cache::reuse::wait:
            break;
    }
    const bool in_trouble = stored.entry && !question.asked.no_cache && may_stand_in(stored, now) &&
                            cache::refresh_failed_just_now(*stored.entry, now);
    if (!in_trouble) return std::nullopt;
    meters_.of(question.of()).stale_if_error.add();
    return hit(stale_if_error);
}

struct view_handler::further {
    std::optional<serving> stored;                         // answers the request
    std::shared_ptr<tier_lookup::flights::flight> coming;  // null: nothing more is looked for
};

// What the second tier had comes after all, and is served where it will do: it may be struck or too old by then.
struct view_handler::late_serving final : late_copy {
    late_serving(view_handler& of, exchange& asked_by, const view_question& asked,
                 std::shared_ptr<tier_lookup::flights::flight> coming_late)
        : handler(of), call(asked_by), question(asked), coming(std::move(coming_late)) {}

    view_handler& handler;
    exchange& call;
    const view_question& question;
    std::shared_ptr<tier_lookup::flights::flight> coming;
    std::optional<serving> stored{};

    void on_landed(std::function<void()> wake) override {
        if (coming && !coming->on_landed(wake)) wake();
    }
    bool will_do() override {
        const std::optional<cache::entry_ptr> landed = coming ? coming->outcome() : std::nullopt;
        if (!landed) return false;
        coming = nullptr;
        if (*landed) stored = handler.look_up_brought(call, question, *landed);
        return stored.has_value();
    }
};

std::optional<view_handler::serving> view_handler::look_up_brought(exchange& call, const view_question& question,
                                                                   const cache::entry_ptr& brought) {
    std::optional<serving> stored = look_up(call, question, find(question, brought != nullptr));
    if (stored && stored->entry && stored->entry == brought) stored->status.detail = from_redis;
    return stored;
}

boost::asio::awaitable<view_handler::further> view_handler::look_further(exchange& call, view_question question) {
    tier_lookup::looked looked;
    const bool asks =
        second_->answers() && cache::may_use_stored(question.asked) && !refresh_.shares_nothing(question.key);
    if (asks) {
        auto looking = second_->lookups().look(question.key, store_.peek(question.key), question.tier_time);
        looked = co_await std::move(looking);
    }
    further result;
    result.coming = std::move(looked.late);
    result.stored = look_up_brought(call, question, looked.found);
    co_return result;
}

boost::asio::awaitable<void> view_handler::answer(exchange& call, view_question question) {
    further further_on;
    if (second_ != nullptr) {
        question.tier_time = second_->lookups().make_budget();
        auto looking = look_further(call, question);
        further_on = co_await std::move(looking);
        if (further_on.stored) {
            auto giving = give_found(call, question, *std::move(further_on.stored));
            co_await std::move(giving);
            co_return;
        }
    }
    if (wants_lines(call.head().fields)) {
        auto answering = answer_in_lines(call, std::move(question));
        co_await std::move(answering);
        co_return;
    }
    const found older = find(question, false);
    const cache::forward_reason reason = decide(question, older, moment_of(question, call)).reason;

    ahead_.used(question, call.head());
    late_serving late(*this, call, question, std::move(further_on.coming));
    auto waiting = refresh_.wait(question, call.head(), wait_limit_, nullptr, &late);
    const view_refresh::waited waited = co_await std::move(waiting);
    if (late.stored) {
        auto giving = give_found(call, question, *std::move(late.stored));
        co_await std::move(giving);
        co_return;
    }
    const wall_time now = time_.wall_now();
    const serving what = settle(question, waited, older, reason, now);
    if (what.entry)
        give_json(call, what, now);
    else
        give_failure(call, question, what.failure, reason);
}

boost::asio::awaitable<void> view_handler::give_found(exchange& call, view_question question, serving what) {
    if (!what.entry) {
        give_only_if_cached(call);
    } else if (wants_lines(call.head().fields)) {
        auto giving = give_lines_made_elsewhere(call, question.target->of, std::move(what));
        co_await std::move(giving);
    } else {
        give_json(call, what, time_.wall_now());
    }
}

view_handler::serving view_handler::settle(const view_question& question, const view_refresh::waited& waited,
                                           const found& older, cache::forward_reason reason, wall_time now) const {
    const view_meters::of_view& meters = meters_.of(question.of());
    if (waited.outcome && waited.outcome->made) {
        (waited.collapsed ? meters.collapsed : meters.made).add();
        const cache::entry_ptr& made = waited.outcome->made;
        return {made,
                {.forwarded = reason == cache::forward_reason::none ? cache::forward_reason::stale : reason,
                 .stored = waited.outcome->stored,
                 .collapsed = waited.collapsed,
                 .time_to_live = waited.outcome->stored ? std::optional(cache::time_to_live(*made, now)) : std::nullopt,
                 .detail = cache::to_string(waited.outcome->refused)}};
    }
    serving what;
    if (waited.outcome && waited.outcome->failure) {
        what.failure = *waited.outcome->failure;
    } else {
        what.failure.cause = {errc::total_timeout, "the view was not ready in time; it is still being made"};
    }
    if (older.entry && is_upstream_trouble(what.failure) && may_stand_in(older, now)) {
        meters.stale_if_error.add();
        what.entry = older.entry;
        what.status = {.forwarded = reason,
                       .forward_status = what.failure.upstream_status,
                       .collapsed = waited.collapsed,
                       .time_to_live = cache::time_to_live(cache::facts_of(*older.entry, older.fate), now),
                       .detail = stale_if_error};
    } else {
        meters.failed.add();
    }
    return what;
}

void view_handler::give(exchange& call, const view_question& question, const serving& what, wall_time now) const {
    if (wants_lines(call.head().fields))
        give_lines(call, question.of(), what, now);
    else
        give_json(call, what, now);
}

void view_handler::give_json(exchange& call, const serving& what, wall_time now) const {
    // A view is made plain, so there is always a form that will do.
    const cache::entry_ptr entry = copies_.at_hand(call.head().fields, what.entry);
    header_fields& extra = call.extra_fields();
    const auto age = std::chrono::floor<std::chrono::seconds>(cache::age_of(*entry, now));
    extra.append("Age", std::to_string(age.count()));
    extra.append("Cache-Status", to_field(what.status, name_));
    tell_if_struck(extra, what.status, *entry, now);
    if (none_match_fails(call.head().fields, entry->etag())) {
        static const body nothing;
        call.respond_stored(entry, entry->head.not_modified(), nothing);
    } else {
        call.respond_stored(entry, entry->head.whole(), entry->content);
    }
}

void view_handler::give_only_if_cached(exchange& call) const {
    problem refused = make_problem(504, {errc::not_stored, "nothing stored, and the request says only-if-cached"});
    refused.head.fields.append("Cache-Status", name_ + "; detail=only-if-cached");
    call.respond(std::move(refused.head), std::move(refused.content));
}

void view_handler::give_failure(exchange& call, const view_question& question, const aggregators::plan_failure& failure,
                                cache::forward_reason reason) const {
    problem told = make_problem(failure, question.of().name);
    told.head.fields.append("Cache-Status", to_field({.forwarded = reason,
                                                      .forward_status = failure.upstream_status,
                                                      .detail = to_string(failure.cause.code)},
                                                     name_));
    if (!failure.steps.empty()) told.head.fields.append("Server-Timing", server_timing(failure.steps));
    call.respond(std::move(told.head), std::move(told.content));
}

}  // namespace nearside::proxy
