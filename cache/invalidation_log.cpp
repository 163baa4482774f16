#include "cache/invalidation_log.h"

#include "cache/invalidation_scripts.h"
#include "cache/wire_bytes.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

namespace nearside::cache {

namespace asio = boost::asio;

namespace {

// Redis 7 and later: what has to be told is told though memory is full.
constexpr std::string_view allow_full = "#!lua flags=allow-oom";

constexpr int founding_attempts = 3;

std::uint64_t number_of(const redis_reply& reply) noexcept {
    return reply.integer > 0 ? static_cast<std::uint64_t>(reply.integer) : 0;
}

std::vector<std::string_view> names_in(const redis_reply& reply) {
    std::vector<std::string_view> names;
    for (const redis_reply& each : reply.items)
        names.push_back(each.text());
    return names;
}

std::optional<log_page> page_of(const redis_reply& reply, std::size_t asked) {
    log_page page;
    const auto& items = reply.items;
    if (items.size() < 2) return std::nullopt;
    page.incarnation = items[1].text();
    page.lost = items[0].integer == 0;
    if (page.lost) return page;
    constexpr std::size_t whole_answer = 9, of_record = 3;
    if (items.size() != whole_answer) return std::nullopt;
    page.sequence = number_of(items[2]);
    page.horizon = number_of(items[4]);
    page.before = items[5].text();
    page.before_known = number_of(items[6]);
    for (const redis_reply& each : items[7].items) {
        if (each.items.size() != of_record) return std::nullopt;
        page.entries.push_back({number_of(each.items[0]), number_of(each.items[1]), std::string(each.items[2].text())});
    }
    page.whole = page.entries.size() < asked;
    return page;
}

}  // namespace

void invalidation_log::applier::apply(const invalidation_record& record) {
    of_.parts_.meters.applied.add();
    of_.parts_.target->apply(record);
    if (record.issuer.empty() || record.issuer == of_.parts_.name) return;
    of_.confirmations_->owe(record.issuer, record.sequence);
}

void invalidation_log::applier::strike_all(std::uint64_t sequence) {
    of_.parts_.target->strike_all(sequence);
}

void invalidation_log::applier::advance(std::uint64_t sequence) {
    of_.parts_.target->advance(sequence);
}

std::uint64_t invalidation_log::applier::present() const {
    return of_.parts_.target->present();
}

invalidation_log::script::script(std::string_view text)
    : plain(std::make_shared<redis_script>(std::string(text))),
      though_full(std::make_shared<redis_script>(std::string(allow_full).append(text))) {}

invalidation_log::invalidation_log(parts given)
    : parts_(std::move(given)),
      applier_(*this),
      ledger_(parts_.name, applier_, parts_.of_ledger),
      stream_(parts_.keys.invalidations()),
      hash_(parts_.keys.epochs()),
      nodes_(parts_.keys.nodes()),
      channel_(parts_.keys.channel("invalidations")),
      own_channel_(parts_.keys.channel("node:" + parts_.name)),
      append_(append_script),
      read_(read_script),
      found_(found_script),
      confirmations_(
          std::make_shared<confirmation_sender>(confirmation_sender::parts{.home = parts_.home,
                                                                           .redis = parts_.redis,
                                                                           .keys = parts_.keys,
                                                                           .name = parts_.name,
                                                                           .timeout = parts_.limits.tell_timeout,
                                                                           .most_nodes = parts_.limits.nodes})),
      wake_(parts_.home),
      roll_(parts_.name, parts_.limits.gone_after, parts_.limits.nodes) {}

std::shared_ptr<invalidation_log> invalidation_log::start(parts given) {
    auto made = std::make_shared<invalidation_log>(std::move(given));
    asio::co_spawn(made->parts_.home, run(made), asio::detached);
    return made;
}

void invalidation_log::subscribe() {
    const auto weak = weak_from_this();
    redis_subscription_events events;
    events.on_message = [weak](std::string_view channel, std::string_view payload) {
        if (const auto self = weak.lock()) self->hear(channel, payload);
    };
    events.on_up = [weak] {
        const auto self = weak.lock();
        if (self == nullptr) return;
        self->up_ = self->must_read_ = true;
        self->wake_.cancel();
    };
    events.on_down = [weak] {
        const auto self = weak.lock();
        if (self == nullptr) return;
        self->up_ = false;
        self->give_up("Redis can't be reached");
    };
    subscription_ = parts_.subscribe({channel_, own_channel_}, std::move(events));
}

asio::awaitable<void> invalidation_log::run(std::shared_ptr<invalidation_log> self) {
    self->subscribe();
    while (!self->stopped_) {
        const bool look = self->parts_.time->steady_now() - self->looked_ >= self->parts_.limits.look_pause;
        bool goes_on = self->up_;
        if (goes_on && (self->must_read_ || look)) goes_on = co_await self->read();
        if (goes_on && !self->must_read_ && !self->ledger_.waiting().empty()) {
            goes_on = co_await self->tell_waiting();
            if (goes_on) continue;
        }
        if (self->stopped_) break;
        if (goes_on && self->must_read_) continue;
        if (goes_on) self->step_in();
        if (!goes_on && self->up_) self->must_read_ = true;
        const bool failed = !goes_on && self->up_;
        co_await self->sleep(failed ? self->parts_.limits.retry_pause : self->parts_.limits.look_pause);
    }
    self->let_go("shutting down");
    auto leaving = self->leave();
    co_await std::move(leaving);
    if (self->parts_.on_left) self->parts_.on_left();
    if (self->subscription_ != nullptr) self->subscription_->stop();
}

asio::awaitable<void> invalidation_log::sleep(milliseconds time) {
    wake_.expires_after(time);
    const auto [woken] = co_await wake_.async_wait(asio::as_tuple(asio::use_awaitable));
    static_cast<void>(woken);
}

// Nobody is to wait for this node any more.
asio::awaitable<void> invalidation_log::leave() {
    if (!parts_.redis->available()) co_return;
    redis_command gone("", {"ZREM", nodes_, parts_.name});
    auto telling = parts_.redis->run(std::move(gone), parts_.limits.tell_timeout);
    const result<redis_reply> told = co_await std::move(telling);
    static_cast<void>(told);
}

asio::awaitable<bool> invalidation_log::read() {
    if (must_read_) parts_.meters.reads.add();
    must_read_ = false;
    looked_ = parts_.time->steady_now();
    int foundings = 0;
    while (!stopped_) {
        const std::uint64_t before = ledger_.known();
        const std::string_view last = ledger_.last_bytes();
        redis_script::call call{keys(),
                                {ledger_.incarnation(), std::to_string(before), std::to_string(ledger_.present()),
                                 std::to_string(parts_.limits.read_at_once), last.empty() ? "" : sha1_of(last),
                                 parts_.name, std::to_string(parts_.limits.gone_after.count())}};
        auto running = run(read_, std::move(call));
        const result<redis_reply> reply = co_await std::move(running);
        std::optional<log_page> page = reply ? page_of(*reply, parts_.limits.read_at_once) : std::nullopt;
        if (!page) {
            give_up(reply ? "Redis answered something else than the log" : reply.error().detail);
            co_return false;
        }
        const std::string incarnation = ledger_.incarnation();
        const std::uint64_t gaps = ledger_.gaps();
        const auto verdict = ledger_.take(*page);
        if (ledger_.gaps() != gaps) {
            parts_.meters.gaps.add();
            parts_.log->warning("what was invalidated can't be told any more: all that was stored is struck");
        }
        if (verdict == invalidation_ledger::page_verdict::lost) {
            if (++foundings > founding_attempts) co_return false;
            auto making = found(*std::move(page));
            const bool made = co_await std::move(making);
            if (!made) co_return false;
            continue;
        }
        if (ledger_.incarnation() != incarnation) fall_out("the log was founded anew");
        // After falling out, which remembers who was there before: in a new log not all have shown themselves yet.
        roll_.present(names_in(reply->items.back()));
        if (verdict == invalidation_ledger::page_verdict::whole) break;
        if (ledger_.known() == before) {
            give_up("the log in Redis is damaged");
            co_return false;
        }
    }
    confirmations_->send();
    look_at_waiters();
    co_return true;
}

asio::awaitable<bool> invalidation_log::found(log_page lost) {
    fall_out("Redis has lost the log of invalidations");
    const auto now = std::chrono::duration_cast<milliseconds>(parts_.time->wall_now().time_since_epoch());
    std::string incarnation = fmt::format("{:016x}", parts_.random());
    const log_founding made = ledger_.founding(lost, std::move(incarnation),
                                               static_cast<std::uint64_t>(std::max<std::int64_t>(0, now.count())));
    redis_script::call call{keys(),
                            {made.instead_of, made.incarnation, std::to_string(made.sequence),
                             std::to_string(made.last), made.before, std::to_string(made.before_known), channel_}};
    for (const log_entry& each : made.entries) {
        call.arguments.push_back(std::to_string(each.sequence));
        call.arguments.push_back(std::to_string(each.previous));
        call.arguments.push_back(each.bytes);
    }
    auto running = run(found_, std::move(call));
    const result<redis_reply> reply = co_await std::move(running);
    if (!reply) {
        give_up(reply.error().detail);
        co_return false;
    }
    if (reply->integer == 1) {
        ledger_.founded(made);
        parts_.meters.foundings.add();
        parts_.log->info("the log of invalidations was founded in Redis", {{"records", made.entries.size()}});
    }
    co_return true;
}

asio::awaitable<bool> invalidation_log::tell_waiting() {
    std::vector<std::uint64_t> numbers;
    std::vector<redis_script::call> calls;
    for (const invalidation_ledger::queued& each : ledger_.waiting()) {
        if (numbers.size() >= parts_.limits.told_at_once) break;
        numbers.push_back(each.number);
        calls.push_back(
            {keys(),
             {ledger_.incarnation(), std::to_string(ledger_.present()), channel_, std::to_string(parts_.limits.records),
              std::to_string(parts_.limits.bytes), each.bytes, std::to_string(parts_.limits.gone_after.count())}});
    }
    auto appending = run_all(append_, std::move(calls), parts_.limits.tell_timeout);
    const std::vector<result<redis_reply>> replies = co_await std::move(appending);
    bool all = true;
    for (std::size_t at = 0; at < numbers.size() && all; ++at)
        all = take_appended(numbers[at], replies[at]);
    parts_.meters.waiting.set(static_cast<std::int64_t>(ledger_.waiting().size()));
    look_at_waiters();
    co_return all;
}

asio::awaitable<std::vector<result<redis_reply>>> invalidation_log::run_all(script what,
                                                                            std::vector<redis_script::call> calls,
                                                                            milliseconds timeout) {
    auto running = run_script(parts_.redis, what.plain, calls, timeout);
    std::vector<result<redis_reply>> replies = co_await std::move(running);
    const auto is_full = [](const result<redis_reply>& reply) {
        return !reply && reply.error().code == errc::redis_error && reply.error().detail.starts_with("OOM");
    };
    const auto first = std::find_if(replies.begin(), replies.end(), is_full);
    if (first == replies.end()) co_return replies;
    calls.erase(calls.begin(), calls.begin() + (first - replies.begin()));
    replies.erase(first, replies.end());
    auto again = run_script(parts_.redis, what.though_full, std::move(calls), timeout);
    std::vector<result<redis_reply>> others = co_await std::move(again);
    std::move(others.begin(), others.end(), std::back_inserter(replies));
    co_return replies;
}

asio::awaitable<result<redis_reply>> invalidation_log::run(script what, redis_script::call call) {
    std::vector<redis_script::call> calls;
    calls.push_back(std::move(call));
    auto running = run_all(std::move(what), std::move(calls), parts_.limits.read_timeout);
    std::vector<result<redis_reply>> replies = co_await std::move(running);
    co_return std::move(replies.front());
}

bool invalidation_log::take_appended(std::uint64_t number, const result<redis_reply>& reply) {
    if (!reply) {
        give_up(reply.error().detail);
        return false;
    }
    constexpr std::size_t whole_answer = 5;
    if (reply->items.size() != whole_answer) {
        // Another log than this node knows: it is read first.
        must_read_ = true;
        return true;
    }
    roll_.present(names_in(reply->items[4]));
    const std::uint64_t sequence = number_of(reply->items[1]);
    if (const auto found = waiters_.find(number); found != waiters_.end()) {
        found->second->sequence = sequence;
        found->second->whom =
            roll_.all(static_cast<std::uint32_t>(number_of(reply->items[3])), parts_.time->steady_now());
    }
    ledger_.appended(number, sequence, number_of(reply->items[2]));
    return true;
}

void invalidation_log::hear(std::string_view channel, std::string_view payload) {
    if (stopped_) return;
    if (channel == own_channel_) {
        byte_reader from(payload);
        const auto up_to = from.number<std::uint64_t>();
        if (!from.ok()) return;
        roll_.confirm(from.raw(from.left()), up_to);
        return look_at_waiters();
    }
    const std::optional<heard_record> record = read_heard(payload);
    const auto verdict = record ? ledger_.hear(*record) : invalidation_ledger::heard_verdict::lost;
    if (verdict == invalidation_ledger::heard_verdict::lost) {
        must_read_ = true;
        fall_out("records of the log were missed");
        wake_.cancel();
        return;
    }
    if (verdict != invalidation_ledger::heard_verdict::applied) return;
    confirmations_->send();
    look_at_waiters();
}

void invalidation_log::step_in() {
    if (in_step_) return;
    in_step_ = true;
    roll_.in_step(parts_.time->steady_now());
    trouble_told_ = false;
    parts_.meters.in_step.set(1);
    parts_.gate->open(parts_.moment());
    parts_.log->info("in step with the log of invalidations");
    if (parts_.on_step) parts_.on_step();
}

void invalidation_log::fall_out(std::string_view why) {
    parts_.gate->close();
    parts_.meters.in_step.set(0);
    why_ = why;
    roll_.out_of_step(parts_.time->steady_now());
    if (std::exchange(in_step_, false) && !std::exchange(trouble_told_, true))
        parts_.log->warning("out of step with the log of invalidations", {{"why", why}});
}

void invalidation_log::give_up(std::string_view why) {
    fall_out(why);
    let_go(why);
}

std::string invalidation_log::why_not_told() const {
    if (stopped_) return "shutting down";
    return up_ ? "Redis is not asked for a moment, since it failed" : why_;
}

void invalidation_log::let_go(std::string_view why) {
    for (const auto& [number, each] : waiters_) {
        if (each->sequence != 0) continue;
        each->given_up = true;
        each->why = why;
        each->wake.cancel();
    }
}

std::uint32_t invalidation_log::confirmed(const waiter& who) const {
    return holds_here(who) ? roll_.holding(who.whom, who.sequence) : 1;
}

void invalidation_log::look_at_waiters() {
    for (const auto& [number, each] : waiters_)
        if (holds_here(*each) && confirmed(*each) >= each->whom.nodes()) each->wake.cancel();
}

asio::awaitable<invalidation_confirmation> invalidation_log::tell(std::shared_ptr<invalidation_log> self,
                                                                  invalidation_order order, milliseconds limit) {
    asio::any_io_executor home = self->parts_.home;
    auto telling = tell_here(std::move(self), std::move(order), limit);
    co_return co_await asio::co_spawn(home, std::move(telling), asio::use_awaitable);
}

asio::awaitable<invalidation_confirmation> invalidation_log::tell_here(std::shared_ptr<invalidation_log> self,
                                                                       invalidation_order order, milliseconds limit) {
    const steady_time began = self->parts_.time->steady_now();
    const std::uint64_t number = self->ledger_.queue(std::move(order));
    self->parts_.meters.waiting.set(static_cast<std::int64_t>(self->ledger_.waiting().size()));
    invalidation_confirmation told;
    if (self->stopped_ || !self->up_ || !self->parts_.redis->available()) {
        told.trouble = self->why_not_told() + "; it holds on this node, and on the others once Redis is back";
        self->parts_.meters.unconfirmed.add();
        co_return told;
    }
    const auto waits = std::make_shared<waiter>(self->parts_.home);
    self->waiters_.emplace(number, waits);
    self->wake_.cancel();
    waits->wake.expires_after(limit);
    const auto [woken] = co_await waits->wake.async_wait(asio::as_tuple(asio::use_awaitable));
    static_cast<void>(woken);
    self->waiters_.erase(number);

    told.in_log = self->holds_here(*waits);
    told.nodes = waits->whom.nodes();
    told.confirmed = self->confirmed(*waits);
    if (told.in_log && told.confirmed >= told.nodes) {
        const std::chrono::duration<double> took = self->parts_.time->steady_now() - began;
        self->parts_.meters.seconds.observe(took.count());
        co_return told;
    }
    self->parts_.meters.unconfirmed.add();
    if (told.in_log)
        told.trouble = "a node has not confirmed it in time";
    else if (waits->given_up)
        told.trouble = waits->why + "; it holds on this node, and on the others once Redis is back";
    else
        told.trouble = "Redis did not answer in time; it holds on this node, and on the others once Redis is back";
    co_return told;
}

void invalidation_log::stop() {
    asio::dispatch(parts_.home, [self = shared_from_this()] {
        self->stopped_ = true;
        self->confirmations_->stop();
        self->wake_.cancel();
    });
}

}  // namespace nearside::cache
