#include "cache/conditional.h"
#include "proxy/route_fetch_parts.h"
#include "proxy/second_tier.h"

#include <utility>

namespace nearside::proxy {

namespace asio = boost::asio;

namespace {

// How far the upstream may be ahead of the slowest reader of an answer that is too large to keep, in bytes.
constexpr std::uint64_t most_ahead = 4 * 1024 * 1024;

}  // namespace

// The stored response is still good (RFC 9111 4.3.4): its fields are renewed, its content stays untouched.
bool route_fetch::freshen(job& of, const response_head& not_modified, cache::exchange_times times,
                          std::uint64_t stamp) {
    const auto validators = cache::validators_of(of.stored->head);
    if (!cache::freshens(validators, not_modified.fields)) return false;
    const response_head renewed{.status = of.stored->head.status(),
                                .version = 11,
                                .fields = cache::merged(of.stored->head.fields(), not_modified.fields)};
    // The stored answer is one to a GET, whatever the request was that validated it.
    route_question as_get = of.question;
    as_get.request.method = "GET";
    as_get.asked.no_store = false;
    answer_judgement judged = judge_answer(as_get, renewed, times, stamp, of.stored->content.size());
    judged.storable.content_since = of.stored->content_since;
    environment_.meters->of(of.question.of()).validated.add();
    route_outcome outcome{.is = route_outcome::kind::stored, .refused = judged.refused, .upstream_status = 304};
    if (judged.refused == cache::refusal::none) {
        outcome.entry = judged.storable.make_entry(of.stored->content);
        outcome.vary = judged.storable.vary;
        outcome.kept = true;
        publish(of, judged.storable, outcome.entry);
        tell(of, std::move(outcome));
        return true;
    }
    // It was validated for the one who asked, whose own fields it may hold, and for nobody else.
    if (is_about_resource(judged.refused)) {
        uncacheable_.remember(of.question.primary, environment_.time->steady_now());
        erase(of.stored->key);
    }
    storable_answer once;
    once.key = of.stored->key;
    once.status = renewed.status;
    once.fields = renewed.fields;
    once.decided.born = times.received;
    outcome.entry = once.make_entry(of.stored->content);
    if (of.is_waited_for()) of.ticket->outcome = std::make_shared<const route_outcome>(outcome);
    tell(of, {.is = route_outcome::kind::own_way, .refused = judged.refused, .upstream_status = 304});
    if (of.ticket) of.ticket->waiter->signal();
    return true;
}

// The answer to a HEAD tells whether the stored answer to a GET is still the same (RFC 9111 4.3.5).
void route_fetch::note_head_answer(job& of, const response_head& answer, cache::exchange_times times) {
    if (!of.stored) return;
    const auto validators = cache::validators_of(of.stored->head);
    switch (cache::head_updates(validators, of.stored->content.size(), answer)) {
        case cache::head_effect::none:
            return;
        case cache::head_effect::invalidate:
            erase(of.stored->key);
            return;
        case cache::head_effect::freshen:
            break;
    }
    const response_head renewed{.status = of.stored->head.status(),
                                .version = 11,
                                .fields = cache::merged(of.stored->head.fields(), answer.fields)};
    route_question as_get = of.question;
    as_get.request.method = "GET";
    answer_judgement judged = judge_answer(as_get, renewed, times, of.stored->stamp, of.stored->content.size());
    judged.storable.content_since = of.stored->content_since;
    if (judged.refused != cache::refusal::none) return;
    publish(of, judged.storable, judged.storable.make_entry(of.stored->content));
}

// The body comes, into the store and to everyone who reads along.
asio::awaitable<void> route_fetch::arrive(std::shared_ptr<job> of, std::shared_ptr<route_call> call,
                                          storable_answer answer, int upstream_status) {
    const auto growing = std::make_shared<growing_body>(call->content_length());
    of->growing = growing;
    const auto room = std::make_shared<wakeup>(of->home);
    bool kept = true;
    std::optional<steady_time> deserted;
    // A body that is there as a whole needs no announcement.
    const bool announced = !call->has_whole_body();
    if (call->content_length().value_or(0) > environment_.most_awaited) let_go_of_nodes(*of);
    if (announced) {
        give_all_fields(*of, answer, {});
        // The first reader is there before the first byte, however fast the body grows.
        if (of->is_waited_for()) of->ticket->reader = growing_body::reader::join(growing);
        tell(*of,
             {.is = route_outcome::kind::arriving,
              .entry = answer.make_entry({}),
              .vary = answer.vary,
              .arriving = growing,
              .length = call->content_length(),
              .kept = true,
              .upstream_status = upstream_status},
             false);
    }
    for (;;) {
        const auto piece = co_await call->receive_some();
        if (!piece) {
            environment_.pass->log_broken(of->question.request.target, of->upstream->settings(), piece.error());
            growing->fail();
            co_await call->close();
            fail(*of, piece.error(), upstream_status);
            co_return;
        }
        if (piece->empty()) break;
        growing->append(*piece);
        if (growing->size() > environment_.most_awaited) let_go_of_nodes(*of);
        if (kept && growing->size() > environment_.max_entry) {
            kept = false;
            uncacheable_.remember(of->question.primary, environment_.time->steady_now());
            tell(*of, {.is = route_outcome::kind::own_way, .refused = cache::refusal::too_large});
            growing->stop_keeping();
        }
        if (kept && growing->readers() > 0) deserted.reset();
        if (kept && announced && growing->readers() == 0) {
            // Nobody reads it any more. It may fill the cache, but not for ever.
            const steady_time now = environment_.time->steady_now();
            if (!deserted) deserted = now + of->upstream->settings().timeout.total;
            if (now > *deserted) {
                growing->fail();
                co_await call->close();
                fail(*of, {errc::cancelled, "nobody reads it"}, upstream_status);
                co_return;
            }
        }
        if (kept) continue;
        call->pause();
        if (growing->on_room(most_ahead, room->signaller())) co_await room->wait();
        if (growing->readers() == 0) {
            growing->fail();
            co_await call->close();
            co_return;
        }
    }
    header_fields trailers = call->trailers();
    // Trailers aren't stored (RFC 9110 6.5.1): who reads along gets them.
    const bool read_along = !trailers.empty();
    cache::entry_ptr made;
    if (kept) {
        made = answer.make_entry(growing->whole());
        publish(*of, answer, made);
    }
    growing->finish(std::move(trailers));
    of->growing = nullptr;
    co_await call->close();
    if (made) give_all_fields(*of, answer, made->content);
    tell(*of, {.is = read_along ? route_outcome::kind::arriving : route_outcome::kind::stored,
               .entry = made,
               .vary = answer.vary,
               .arriving = growing,
               // Without a length told: trailers come behind chunks only.
               .length = std::nullopt,
               .kept = kept,
               .upstream_status = upstream_status});
}

// Some fields are for the one client whose request is answered, and not for the store.
void route_fetch::give_all_fields(const job& of, const storable_answer& answer, body content) {
    if (!of.is_waited_for() || answer.all_fields.empty() || of.ticket->own_entry) return;
    of.ticket->own_entry = answer.make_own_entry(std::move(content));
}

void route_fetch::publish(job& of, const storable_answer& answer, cache::entry_ptr made) {
    const std::string& primary = of.question.primary;
    environment_.meters->of(of.question.of()).ignored_tags.add(answer.ignored_tags);
    const bool varies = !answer.vary.names.empty();
    cache::entry_ptr marker;
    if (varies) {
        marker = environment_.store->peek(primary);
        const bool known = marker && is_vary_marker(*marker) && marker->extras->vary.front() == answer.vary;
        if (!known) environment_.store->put(make_vary_marker(primary, answer.vary, marker.get()));
    }
    // A call that took longer than another may bring what is older.
    const cache::entry_ptr present = environment_.store->peek(made->key);
    const bool outdated =
        present && !is_vary_marker(*present) && present->born > made->born && present->stamp >= made->stamp;
    const bool kept = !outdated && put(made);
    // Behind the variant: who waits on another node for the marker finds both.
    if (varies) put_marker_behind(*made, primary, answer.vary, marker.get());
    // What waits for these to be written is told by that.
    if ((kept && made->key == of.stored_under) || (varies && primary == of.stored_under)) of.leads_nodes = false;
}

// False: there was no room for it.
bool route_fetch::put(cache::entry_ptr stored) const {
    const bool kept = environment_.store->put(stored);
    if (kept && environment_.second != nullptr) environment_.second->put(std::move(stored));
    return kept;
}

void route_fetch::erase(const std::string& key) const {
    environment_.store->erase(key);
    if (environment_.second != nullptr) environment_.second->erase(key);
}

// With each variant, since it ends in the second tier when its own time is over. It is as old as that.
void route_fetch::put_marker_behind(const cache::entry& variant, const std::string& primary,
                                    const cache::vary_spec& vary, const cache::entry* older) const {
    if (environment_.second == nullptr) return;
    const std::shared_ptr<cache::entry> marker = make_vary_marker(primary, vary, older);
    marker->born = variant.born;
    marker->stamp = variant.stamp;
    environment_.second->put(marker);
}

}  // namespace nearside::proxy
