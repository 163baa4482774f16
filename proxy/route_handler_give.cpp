#include "proxy/route_handler_parts.h"

#include <utility>

namespace nearside::proxy {

namespace asio = boost::asio;

// In a form that the client takes, made now where none is at hand. False: there is none.
asio::awaitable<bool> route_handler::give_in_form(exchange& call, cache::entry_ptr entry, cache_status status) const {
    cache::entry_ptr form = environment_.copies->at_hand(call.head().fields, entry);
    if (!form) {
        auto making = environment_.copies->made_for(call.head().fields, entry);
        form = co_await std::move(making);
    }
    if (!form) co_return false;
    const wall_time now = environment_.time->wall_now();
    if (!status.time_to_live) status.time_to_live = cache::time_to_live(*entry, now);
    give(call, form, now, status);
    co_return true;
}

// Who caused the call has what the origin chose for it, where there is no form that it says it takes.
asio::awaitable<bool> route_handler::give_own_or_in_form(exchange& call, bool own, cache::entry_ptr entry,
                                                         cache_status status) const {
    auto giving = give_in_form(call, entry, status);
    const bool given = co_await std::move(giving);
    if (given || !own) co_return given;
    give(call, entry, environment_.time->wall_now(), status);
    co_return true;
}

// False: it is not for this request, which has to try again, and never for one whose own call it was.
asio::awaitable<bool> route_handler::give_outcome(exchange& call, const route_question& question, waiting& client,
                                                  route_result outcome) const {
    const bool own = client.ticket != nullptr;
    const route_meters::of_route& meters = environment_.meters->of(question.of());
    cache_status status{.forwarded = client.reason,
                        .forward_status = outcome->upstream_status,
                        .stored = outcome->kept,
                        .collapsed = !own,
                        .detail = cache::to_string(outcome->refused)};
    switch (outcome->is) {
        case route_outcome::kind::own_way: {
            client.alone = true;
            if (!own || !client.ticket->call) co_return false;
            meters.fetched.add();
            auto handing = hand_over(call, client.ticket, status);
            co_await std::move(handing);
            co_return true;
        }
        case route_outcome::kind::brought:
            co_return false;
        case route_outcome::kind::failed:
            if (older_may_answer(question, client.older, *outcome)) {
                status.detail = stale_if_error;
                status.time_to_live = time_to_live(client.older);
                auto giving = give_in_form(call, client.older.entry, status);
                const bool given = co_await std::move(giving);
                if (given) {
                    meters.stale_if_error.add();
                    co_return true;
                }
            }
            // Its leader may have had an older copy to fall back on; who has none asks for itself.
            client.alone = true;
            if (!own && outcome->upstream_status != 0) co_return false;
            meters.failed.add();
            status.detail = to_string(outcome->failure.code);
            give_failure(call, question, *outcome, status);
            co_return true;
        case route_outcome::kind::stored:
        case route_outcome::kind::arriving:
            break;
    }
    const bool late_enough = own || cache::is_late_enough(question.asked, client.flight->began(), client.asked_at);
    if (!own && (!late_enough || !acceptable(question, *outcome))) co_return false;
    client.alone = true;
    const cache::entry_ptr entry = own && client.ticket->own_entry ? client.ticket->own_entry : outcome->entry;
    auto giving = outcome->is == route_outcome::kind::stored ? give_own_or_in_form(call, own, entry, status)
                                                             : give_arriving(call, client, outcome, entry, status);
    const bool given = co_await std::move(giving);
    if (given) (own ? meters.fetched : meters.collapsed).add();
    co_return given;
}

void route_handler::give(exchange& call, const cache::entry_ptr& entry, wall_time now,
                         const cache_status& status) const {
    stored_answer answer = make_stored_answer(call.head(), *entry, now);
    header_fields& extra = call.extra_fields();
    const auto age = std::chrono::floor<std::chrono::seconds>(cache::age_of(*entry, now));
    const bool is_older = status.hit || status.detail == stale_if_error;
    if (is_older || age.count() > 0) extra.append("Age", std::to_string(age.count()));
    extra.append("Cache-Status", to_field(status, environment_.name));
    tell_if_struck(extra, status, *entry, now);
    for (const header_fields::field& each : answer.more)
        extra.append(each.name, each.value);
    if (!answer.own_content) {
        call.respond_stored(entry, answer.head, entry->content);
        return;
    }
    struct owned {
        cache::entry_ptr entry;
        std::shared_ptr<const body> content;
    };
    auto owner = std::make_shared<const owned>(owned{entry, answer.own_content});
    call.respond_stored(owner, answer.head, *owner->content);
}

void route_handler::give_failure(exchange& call, const route_question& question, const route_outcome& failed,
                                 const cache_status& status) const {
    call.extra_fields().append("Cache-Status", to_field(status, environment_.name));
    environment_.pass->report(call, environment_.pools->find(question.of().upstream)->settings(), failed.failure);
}

// The answer is for this client alone: it reads it from the upstream at its own pace.
asio::awaitable<void> route_handler::hand_over(exchange& call, std::shared_ptr<route_ticket> ticket,
                                               cache_status status) const {
    const std::shared_ptr<route_call> from = std::move(ticket->call);
    call.on_gone([from] { from->guard().stop(errc::cancelled); });
    call.extra_fields().append("Cache-Status", to_field(status, environment_.name));
    auto handing = environment_.pass->hand_on(call, *from, std::move(ticket->head), nullptr);
    co_await std::move(handing);
    co_await from->close();
}

// Reads along while another coroutine stores. False: it is too late to begin, nothing was given.
asio::awaitable<bool> route_handler::give_arriving(exchange& call, const waiting& client, route_result outcome,
                                                   cache::entry_ptr entry, cache_status status) const {
    const wall_time now = environment_.time->wall_now();
    status.time_to_live = cache::time_to_live(*entry, now);
    const bool own = client.ticket != nullptr;
    // Ranges may be ignored (RFC 9110 14.2), and the origin chose the coding for the one whose request it got.
    const bool suits = takes_stored_coding(call.head().fields, entry->head) && !has_range(call.head().fields);
    if (!own && !suits) co_return false;
    if (answers_not_modified(call.head(), entry->head, now)) {
        give(call, entry, now, status);
        co_return true;
    }
    auto reader = own ? std::move(client.ticket->reader) : nullptr;
    if (!reader) reader = growing_body::reader::join(outcome->arriving);
    if (!reader) co_return false;
    header_fields& extra = call.extra_fields();
    const auto age = std::chrono::floor<std::chrono::seconds>(cache::age_of(*entry, now));
    if (age.count() > 0) extra.append("Age", std::to_string(age.count()));
    extra.append("Cache-Status", to_field(status, environment_.name));
    response_head head{.status = entry->head.status(), .fields = entry->head.fields()};
    result<void> taken = co_await call.start(std::move(head), outcome->length);
    while (taken) {
        const growing_body::portion portion = reader->next();
        if (!portion.bytes.empty()) {
            taken = co_await call.write(portion.bytes);
        } else if (portion.is == growing_body::state::complete) {
            header_fields trailers = reader->trailers();
            taken = co_await call.finish_with(std::move(trailers));
            co_return true;
        } else if (portion.is == growing_body::state::broken || *client.gone) {
            call.abort();
            co_return true;
        } else if (reader->on_growth(client.woken->signaller())) {
            co_await client.woken->wait();
        }
    }
    co_return true;
}

}  // namespace nearside::proxy
