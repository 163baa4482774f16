#include "proxy/step_call.h"

#include "cache/conditional.h"
#include "core/content_hash.h"
#include "proxy/second_tier.h"

#include <boost/asio/post.hpp>

#include <exception>
#include <string>
#include <utility>

namespace nearside::proxy {

namespace asio = boost::asio;
using aggregators::fetch_response;

step_call::step_call(shared_steps& shared, order what)
    : shared_(shared), order_(std::move(what)), background_(order_.background) {}

void step_call::start() {
    ask();
}

void step_call::ask() {
    stamp_ = shared_.epochs().now();
    requested_ = shared_.time().wall_now();
    aggregators::fetch_request request = order_.request;
    if (!background_.load(std::memory_order_relaxed)) request.background = false;
    if (order_.stored) {
        request.fields = cache::validation_fields(cache::validators_of(order_.stored->head));
    }
    asking_ = true;
    order_.below->start(order_.id, std::move(request), weak_from_this());
    // Promoted before it was there: below knows the run for one that nobody waits for.
    if (order_.background && !background_.load(std::memory_order_relaxed)) order_.below->promote(order_.id);
}

void step_call::on_fetched(aggregators::call_id, result<fetch_response> outcome) {
    asking_ = false;
    guarded([&] { judge(std::move(outcome)); });
}

// Whatever is thrown, out of memory above all, nobody waits in vain.
template <class Work>
void step_call::guarded(Work work) {
    if (landed_) return;
    try {
        work();
    } catch (const std::exception& thrown) {
        land({.is = step_outcome::kind::failed,
              .answer = error{errc::internal, std::string("the call threw: ") + thrown.what()}});
    }
}

void step_call::judge(result<fetch_response> outcome) {
    if (!outcome) {
        shared_.meters().failed.add();
        return land({.is = step_outcome::kind::failed, .answer = outcome.error()});
    }
    const cache::exchange_times times{requested_, shared_.time().wall_now()};
    if (outcome->status == 304 && order_.stored) return validated(std::move(*outcome), times);
    shared_.meters().fetched.add();
    if (revokes_step(outcome->status)) forget_stored(times.requested);
    if (outcome->document.size() <= hash_here || !shared_.workers()) {
        outcome->content_hash = content_hash(outcome->document.view());
        return conclude(std::move(*outcome), times, times.received);
    }
    asio::post(shared_.workers(), [self = shared_from_this(), answer = std::move(*outcome), times]() mutable {
        answer.content_hash = content_hash(answer.document.view());
        const asio::any_io_executor home = self->order_.home;
        asio::post(home, [self = std::move(self), answer = std::move(answer), times]() mutable {
            self->guarded([&] { self->conclude(std::move(answer), times, times.received); });
        });
    });
}

void step_call::validated(fetch_response not_modified, cache::exchange_times times) {
    const cache::entry_ptr stored = order_.stored;
    auto renewed = freshened(*stored, not_modified);
    if (!renewed) {
        // A 304 about something else: ask again for all of it.
        order_.stored = nullptr;
        return ask();
    }
    shared_.meters().validated.add();
    // What the origin said for certain is known from when it first said it.
    renewed->since = shared_.time().steady_now() - (shared_.time().wall_now() - stored->content_since);
    conclude(*std::move(renewed), times, stored->content_since);
}

void step_call::conclude(fetch_response answer, cache::exchange_times times, wall_time content_since) {
    const step_identity& identity = order_.question.identity;
    if (identity.key.empty()) {
        return land(
            {.is = step_outcome::kind::own_way, .answer = std::move(answer), .born = times.requested, .stamp = stamp_});
    }
    step_judgement judged = judge_step(order_.question, answer, times, content_since, stamp_);
    if (judged.made) {
        keep(std::move(judged.made));
    } else if (judged.refused != cache::refusal::none && answer.status >= 200 && answer.status <= 299) {
        // What is stored was outdated by an answer that must not take its place.
        forget_stored(times.requested);
    }
    const bool for_all = is_for_all_who_ask(judged.refused);
    if (!for_all) shared_.uncacheable().remember(identity.key, shared_.time().steady_now());
    land({.is = for_all ? step_outcome::kind::answered : step_outcome::kind::own_way,
          .answer = std::move(answer),
          .born = judged.born,
          .stamp = stamp_});
}

void step_call::forget_stored(wall_time requested) {
    const cache::entry_ptr present = shared_.store().peek(order_.question.identity.key);
    if (present && present->born <= requested) shared_.store().erase(present->key);
    if (shared_.second() != nullptr && (!present || present->born <= requested))
        shared_.second()->erase(order_.question.identity.key);
}

// A call that took longer than another may bring what is older.
void step_call::keep(cache::entry_ptr made) {
    const cache::entry_ptr present = shared_.store().peek(made->key);
    if (present && present->born > made->born && present->stamp >= made->stamp) return;
    const bool kept = shared_.store().put(made);
    if (kept && shared_.second() != nullptr) shared_.second()->put(std::move(made));
}

void step_call::land(step_outcome outcome) {
    if (std::exchange(landed_, true)) return;
    const auto kept = shared_from_this();
    const auto told = std::make_shared<const step_outcome>(std::move(outcome));
    shared_.flights().land(order_.flight_key, order_.flight, told);
    shared_.remove(order_.flight.get());
}

void step_call::deserted_perhaps() {
    asio::post(order_.home, [self = shared_from_this()] {
        if (self->landed_ || self->order_.flight->waiting() > 0) return;
        if (std::exchange(self->asking_, false)) self->order_.below->cancel(self->order_.id);
        self->land({.is = step_outcome::kind::deserted, .answer = error{errc::cancelled, {}}});
    });
}

void step_call::promote() {
    if (!background_.exchange(false, std::memory_order_relaxed)) return;
    asio::post(order_.home, [self = shared_from_this()] {
        if (self->asking_) self->order_.below->promote(self->order_.id);
    });
}

}  // namespace nearside::proxy
