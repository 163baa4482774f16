#include "proxy/line_writer.h"
#include "proxy/offload.h"
#include "proxy/view_answer.h"
#include "proxy/view_failure.h"
#include "proxy/view_handler.h"
#include "proxy/view_lines.h"

#include <utility>

namespace nearside::proxy {

namespace {

// Finding the parts in more than this is left to the workers.
constexpr std::size_t lines_here = 64 * 1024;

// Or the answer is its head alone.
bool sends_lines(const request_head& request, const cache::entry& stored) {
    return request.method != "HEAD" && !none_match_fails(request.fields, stored.etag());
}

}  // namespace

bool view_handler::has_many_lines_to_make(exchange& call, const cache::entry_ptr& stored) {
    return stored && stored->content.size() > lines_here && sends_lines(call.head(), *stored);
}

boost::asio::awaitable<void> view_handler::answer_in_lines(exchange& call, view_question question) {
    const std::shared_ptr<const view> of = question.target->of;
    const found older = find(question, false);
    if (has_many_lines_to_make(call, older.entry)) {
        if (std::optional<serving> stored = look_up(call, question, older)) {
            if (!stored->entry) {
                give_only_if_cached(call);
                co_return;
            }
            auto giving = give_lines_made_elsewhere(call, of, *std::move(stored));
            co_await std::move(giving);
            co_return;
        }
    }
    const cache::forward_reason reason = decide(question, older, moment_of(question, call)).reason;
    ahead_.used(question, call.head());
    response_head head = growing_lines_head(*of);
    head.fields.append("Cache-Status", to_field({.forwarded = reason}, name_));
    line_writer writer(call, std::move(head), of->plan->parts.names.size(), meters_.of(*of).progressive);
    // Whether it is still what the client has shows in the end alone.
    const bool conditional = call.head().fields.contains("if-none-match");
    auto waiting = refresh_.wait(question, call.head(), wait_limit_, conditional ? nullptr : &writer);
    const view_refresh::waited waited = co_await std::move(waiting);
    if (writer.done()) co_return;
    serving what = settle(question, waited, older, reason, time_.wall_now());

    if (!writer.begun()) {
        if (!what.entry) {
            give_failure(call, question, what.failure, reason);
            co_return;
        }
        auto giving = give_lines_made_elsewhere(call, of, std::move(what));
        co_await std::move(giving);
        co_return;
    }
    header_fields trailers;
    if (!what.entry) {
        if (!what.failure.steps.empty()) trailers.append("Server-Timing", server_timing(what.failure.steps));
        auto ending = writer.end(end_line(make_problem(what.failure, of->name)), std::move(trailers));
        co_await std::move(ending);
        co_return;
    }
    const bool told = what.entry != older.entry && waited.progress && !waited.progress->revised() &&
                      writer.has_all_of(*waited.progress);
    if (!told) {
        const cache::entry_ptr entry = what.entry;
        auto making = offload(refresh_.workers(), [of, entry] { return part_lines(*of, entry->content); });
        std::vector<body> lines = co_await std::move(making);
        for (std::uint32_t part = 0; part < lines.size(); ++part) {
            auto taking = writer.take_final(part, std::move(lines[part]));
            const bool goes_on = co_await std::move(taking);
            if (!goes_on) co_return;
        }
    }
    if (const auto timing = what.entry->head.find("server-timing")) trailers.append("Server-Timing", *timing);
    const std::string_view detail = what.entry == older.entry ? what.status.detail : std::string_view{};
    auto ending = writer.end(end_line(*what.entry, detail), std::move(trailers));
    co_await std::move(ending);
}

boost::asio::awaitable<void> view_handler::give_lines_made_elsewhere(exchange& call, std::shared_ptr<const view> of,
                                                                     serving what) {
    const cache::entry_ptr entry = what.entry;
    if (!has_many_lines_to_make(call, entry)) {
        give_lines(call, *of, what, time_.wall_now());
        co_return;
    }
    auto making = offload(refresh_.workers(), [of, entry] { return all_lines(*of, *entry, {}); });
    body lines = co_await std::move(making);
    give_these_lines(call, what, time_.wall_now(), std::move(lines));
}

// The length that a GET would have is left out of the answer to a HEAD where it costs much to know (RFC 9110 9.3.2).
void view_handler::give_lines(exchange& call, const view& of, const serving& what, wall_time now) const {
    const cache::entry& entry = *what.entry;
    const bool cheap = entry.content.size() <= lines_here && !none_match_fails(call.head().fields, entry.etag());
    give_these_lines(call, what, now, cheap || sends_lines(call.head(), entry) ? all_lines(of, entry, {}) : body());
}

void view_handler::give_these_lines(exchange& call, const serving& what, wall_time now, body lines) const {
    const cache::entry& entry = *what.entry;
    header_fields& extra = call.extra_fields();
    const auto age = std::chrono::floor<std::chrono::seconds>(cache::age_of(entry, now));
    extra.append("Age", std::to_string(age.count()));
    extra.append("Cache-Status", to_field(what.status, name_));
    tell_if_struck(extra, what.status, entry, now);
    response_head head = lines_head(entry);
    if (none_match_fails(call.head().fields, entry.etag())) {
        head.status = 304;
        head.fields.erase("Content-Type");
        lines = body();
    }
    call.respond(std::move(head), std::move(lines));
}

}  // namespace nearside::proxy
