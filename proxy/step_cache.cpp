#include "proxy/step_cache.h"

#include "cache/reuse.h"
#include "proxy/second_tier.h"
#include "proxy/step_call.h"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <utility>

namespace nearside::proxy {

namespace asio = boost::asio;
using aggregators::call_id;
using aggregators::fetch_request;
using aggregators::fetch_response;
using aggregators::fetch_sink;

namespace {

// How often a call waits for others' flights before it makes its own.
constexpr int most_disappointments = 2;

steady_time earliest_of_run(std::optional<milliseconds> oldest, steady_time began) {
    return oldest ? began - std::max(*oldest, cache::same_moment) : steady_time::min();
}

}  // namespace

step_cache::step_cache(shared_steps& shared, run of)
    : shared_(shared),
      run_(std::move(of)),
      began_wall_(shared.time().wall_now()),
      began_(shared.time().steady_now()),
      earliest_(earliest_of_run(run_.oldest, began_)),
      stamp_(shared_.epochs().now()),
      awaited_(!run_.background) {}

void step_cache::start(call_id call, fetch_request request, std::weak_ptr<fetch_sink> sink) {
    pending made;
    made.number = ++last_number_;
    made.background = request.background || run_.background;
    if (request.timeout) made.due = shared_.time().steady_now() + *request.timeout;
    made.request = std::move(request);
    made.sink = std::move(sink);
    const bool asked_for = !made.request.background;
    const auto at = calls_.insert_or_assign(call, std::move(made)).first;
    go(call, at->second);
    if (run_.background && awaited_ && asked_for) promote(call);
}

void step_cache::go(call_id call, pending& of) {
    of.timer = nullptr;
    if (!of.request.content.empty()) {
        // A POST is stored under no key (RFC 9110 9.3.3 would want the answer to name one).
        of.flight = std::make_shared<step_flights::flight>(shared_.time().steady_now());
        of.leads = true;
        return launch(call, of, {}, nullptr, {});
    }
    const step_principal& who = who_asks(of.request.upstream);
    step_question question{.identity = identify_step(of.request.upstream, of.request.target, who),
                           .upstream = of.request.upstream,
                           .who = who};
    const step_identity& identity = question.identity;
    note_uri(identity.uri_tag);

    const cache::entry_ptr seen = shared_.store().find(identity.key);
    cache::entry_ptr stored = seen;
    if (stored) {
        const cache::invalidation fate =
            shared_.epochs().fate_of(*stored, {.uri_tag = identity.uri_tag, .path = of.request.target});
        switch (decide_step_use(stored.get(), fate, demand_of(of.request), shared_.time().wall_now())) {
            case step_use::answer:
                return answer(call, of, *stored);
            case step_use::validate:
                break;
            case step_use::fetch:
                stored = nullptr;
                break;
        }
    }

    if (look_in_second(call, of, identity.key, seen)) return;

    const steady_time now = shared_.time().steady_now();
    of.alone = of.alone || of.request.anew || shared_.uncacheable().contains(identity.key, now);
    std::string flight_key;
    if (!of.alone) {
        // What was under way when the resource changed is joined by nobody who asks afterwards.
        flight_key = identity.key + "#" + std::to_string(shared_.epochs().last_of(identity.uri_tag));
        const step_flights::seat seat =
            shared_.flights().join_unless(flight_key, now, [&] { return shared_.store().peek(identity.key) != seen; });
        if (!seat.of) return go(call, of);
        if (seat.leads || seat.of->began() >= earliest_for(of.request)) {
            of.flight = seat.of;
            of.leads = seat.leads;
        } else {
            of.alone = true;
        }
    }
    if (of.alone) {
        flight_key.clear();
        of.flight = std::make_shared<step_flights::flight>(now);
        of.leads = true;
    }
    if (of.leads) return launch(call, of, std::move(question), std::move(stored), std::move(flight_key));
    if (!of.background) {
        if (const auto theirs = shared_.call_of(of.flight.get())) theirs->promote();
    }
    of.counted = gauge_share(shared_.meters().waiting);
    wait(call, of);
    watch(call, of);
}

// Once a call, before the upstream is asked. What is to be validated in any case is looked for where memory has
// nothing to validate.
bool step_cache::look_in_second(call_id call, pending& of, const std::string& key, const cache::entry_ptr& seen) {
    second_tier* const second = shared_.second();
    if (second == nullptr || of.looked || of.alone || !second->answers()) return false;
    if (seen && demand_of(of.request).anew) return false;
    if (shared_.uncacheable().contains(key, shared_.time().steady_now())) return false;
    of.looked = true;
    second->lookups().look(key, seen, run_.tier_time, run_.home, [self = weak_from_this(), call, number = of.number] {
        const auto here = self.lock();
        if (!here) return;
        const auto found = here->calls_.find(call);
        if (found != here->calls_.end() && found->second.number == number) here->go(call, found->second);
    });
    return true;
}

void step_cache::answer(call_id call, const pending& of, const cache::entry& stored) {
    shared_.meters().fresh.add();
    fetch_response found = answer_from(stored, began_wall_);
    found.fresh = true;
    const wall_time wall = shared_.time().wall_now();
    const steady_time steady = shared_.time().steady_now();
    found.since = steady - (wall - stored.content_since);
    found.read = steady - (wall - stored.born);
    note_read(*found.read);
    oldest_stored_ = std::max(oldest_stored_, std::chrono::ceil<milliseconds>(began_wall_ - stored.born));
    note_stamp(stored.stamp);
    asio::post(run_.home, [self = weak_from_this(), call, number = of.number, found = std::move(found)]() mutable {
        if (const auto here = self.lock()) here->deliver(call, number, std::move(found));
    });
}

void step_cache::launch(call_id call, pending& of, step_question question, cache::entry_ptr stored,
                        std::string flight_key) {
    // What is left of it, after waiting for others in vain.
    if (of.due) {
        const auto left = std::chrono::ceil<milliseconds>(*of.due - shared_.time().steady_now());
        of.request.timeout = std::max(left, milliseconds{1});
    }
    const auto made = std::make_shared<step_call>(shared_, step_call::order{.below = run_.below,
                                                                            .id = ++last_below_,
                                                                            .home = run_.home,
                                                                            .request = of.request,
                                                                            .background = of.background,
                                                                            .question = std::move(question),
                                                                            .stored = std::move(stored),
                                                                            .flight_key = std::move(flight_key),
                                                                            .flight = of.flight});
    shared_.add(of.flight.get(), made);
    wait(call, of);
    made->start();
}

void step_cache::wait(call_id call, pending& of) {
    const auto wake = [self = weak_from_this(), home = run_.home, call, number = of.number] {
        asio::post(home, [self, call, number] {
            if (const auto here = self.lock()) here->landed(call, number);
        });
    };
    of.place = of.flight->enter(wake);
    if (of.place == 0) wake();
}

// The step's own timeout holds whoever makes the call.
void step_cache::watch(call_id call, pending& of) {
    if (!of.due) return;
    of.timer = std::make_unique<asio::steady_timer>(run_.home);
    of.timer->expires_after(*of.due - shared_.time().steady_now());
    of.timer->async_wait([self = weak_from_this(), call, number = of.number](const boost::system::error_code& stopped) {
        if (stopped) return;
        if (const auto here = self.lock()) here->expired(call, number);
    });
}

void step_cache::expired(call_id call, std::uint64_t number) {
    const auto found = calls_.find(call);
    if (found == calls_.end() || found->second.number != number || !found->second.timer) return;
    leave(found->second);
    deliver(call, number, error{errc::total_timeout, "while another run's call is under way"});
}

void step_cache::landed(call_id call, std::uint64_t number) {
    const auto found = calls_.find(call);
    if (found == calls_.end() || found->second.number != number) return;
    pending& of = found->second;
    of.counted = {};
    const step_result told = *of.flight->outcome();
    if (of.leads) return deliver(call, number, told->answer);
    switch (told->is) {
        case step_outcome::kind::answered:
            return deliver(call, number, joined_answer(of, *told));
        case step_outcome::kind::own_way:
            of.alone = true;
            return go(call, of);
        case step_outcome::kind::failed:
        case step_outcome::kind::deserted:
            break;
    }
    // What failed may have failed for a reason of its own: the other run's shorter timeout, a place in the queue.
    if (++of.disappointments >= most_disappointments) {
        if (told->is == step_outcome::kind::failed) return deliver(call, number, told->answer);
        of.alone = true;
    }
    go(call, of);
}

step_cache::outcome step_cache::joined_answer(const pending& of, const step_outcome& told) {
    shared_.meters().joined.add();
    outcome mine = told.answer;
    set_age(mine->fields, age_to_tell(told.born, began_wall_));
    mine->wire_bytes = 0;  // they crossed the link once, for another
    mine->read = of.flight->began();
    note_read(*mine->read);
    note_stamp(told.stamp);
    return mine;
}

void step_cache::note_uri(const std::string& tag) {
    if (uri_tags_.size() < most_uris) {
        uri_tags_.insert(tag);
    } else if (!uri_tags_.contains(tag)) {
        ++uri_tags_left_out_;
    }
}

void step_cache::note_read(steady_time when) noexcept {
    used_older_ |= when + cache::same_moment < began_;
}

void step_cache::deliver(call_id call, std::uint64_t number, outcome what) {
    const auto found = calls_.find(call);
    if (found == calls_.end() || found->second.number != number) return;
    const std::weak_ptr<fetch_sink> sink = std::move(found->second.sink);
    calls_.erase(found);
    if (const auto hearer = sink.lock()) hearer->on_fetched(call, std::move(what));
}

void step_cache::cancel(call_id call) {
    const auto found = calls_.find(call);
    if (found == calls_.end()) return;
    const pending gone = std::move(found->second);
    calls_.erase(found);
    leave(gone);
}

void step_cache::leave(const pending& gone) {
    if (!gone.flight) return;
    gone.flight->leave(gone.place);
    if (const auto theirs = shared_.call_of(gone.flight.get())) theirs->deserted_perhaps();
}

void step_cache::promote(call_id call) {
    const auto found = calls_.find(call);
    if (found == calls_.end() || !awaited_) return;
    found->second.background = found->second.request.background = false;
    if (!found->second.flight) return;
    if (const auto theirs = shared_.call_of(found->second.flight.get())) theirs->promote();
}

void step_cache::somebody_waits() {
    if (std::exchange(awaited_, true)) return;
    for (const auto& [call, of] : calls_) {
        if (!of.request.background) promote(call);
    }
}

const step_principal& step_cache::who_asks(const std::string& upstream) {
    const auto known = principals_.find(upstream);
    if (known != principals_.end()) return known->second;
    const auto sent = run_.forwarded.find(upstream);
    step_principal who = sent == run_.forwarded.end() ? step_principal{} : principal_of(sent->second);
    if (run_.marks) {
        if (const auto mark = run_.marks->find(upstream); mark != run_.marks->end()) who.upstream_mark = mark->second;
    }
    return principals_.emplace(upstream, std::move(who)).first->second;
}

steady_time step_cache::earliest_for(const fetch_request& request) const {
    const steady_time proven = run_.strict ? request.proven_from : steady_time::min();
    return std::max({earliest_, request.usable_from, proven});
}

step_demand step_cache::demand_of(const fetch_request& request) const {
    step_demand demand{.read_since = std::nullopt, .anew = request.anew || run_.oldest == milliseconds{0}};
    const steady_time earliest = earliest_for(request);
    if (earliest == steady_time::min()) return demand;
    const auto back = std::chrono::duration_cast<wall_time::duration>(shared_.time().steady_now() - earliest);
    demand.read_since = shared_.time().wall_now() - back;
    return demand;
}

}  // namespace nearside::proxy
