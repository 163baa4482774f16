#include "proxy/stream_session.h"

#include "core/json_string.h"

#include <algorithm>
#include <utility>

namespace nearside::proxy {

namespace {

// A text this long is written before more is added.
constexpr std::size_t enough_at_once = 64 * 1024;

std::optional<steady_time> by_steady_clock(const std::optional<wall_time>& when, const clock& time) {
    if (!when) return std::nullopt;
    return time.steady_now() + (*when - time.wall_now());
}

}  // namespace

stream_session::stream_session(options of, const std::vector<std::string>& urls)
    : hub_(*of.hub),
      home_(of.home),
      place_(std::move(of.place)),
      expires_(by_steady_clock(of.expires, of.hub->time())),
      last_seen_(std::move(of.seen)),
      heartbeat_(of.hub->settings()->heartbeat),
      wait_(home_),
      of_everybody_(hub_.everybody().join(home_, *this)) {
    views_.reserve(urls.size());
    for (const std::string& url : urls)
        views_.emplace_back().url = json_string(url);
}

void stream_session::follow(std::size_t at, std::shared_ptr<stream_topic> topic) {
    told_view& of = views_[at];
    of.membership = topic->readers().join(home_, *this);
    of.seen = last_seen_.find(topic->epoch());
    of.topic = std::move(topic);
    wait_.wake_soon();
}

void stream_session::fail(std::size_t at, const problem& why, bool final) {
    views_[at].problem = problem_tail(why.content.to_string());
    views_[at].over = final;
    wait_.wake_soon();
}

void stream_session::client_is_gone() noexcept {
    gone_ = true;
    wait_.wake_soon();
}

void stream_session::on_change() noexcept {
    // Its server is only just told that its connections' next answers are their last.
    if (hub_.moving()) return wait_.wake_soon();
    if (!tell_at_once()) wait_.wake();
}

void stream_session::fetch_ahead(unsigned others) const noexcept {
    if (call_ == nullptr) return;
    if (others > 1) {
        __builtin_prefetch(views_.data());
        __builtin_prefetch(call_);
        wait_.fetch_ahead();
    } else {
        call_->fetch_ahead();
    }
}

// By far most of what streams tell, at a fraction of the cost of resuming a coroutine for it.
bool stream_session::tell_at_once() noexcept {
    if (call_ == nullptr || gone_ || !wait_.waited() || views_.size() != 1) return false;
    told_view& of = views_.front();
    if (of.problem || of.over || !of.topic) return false;
    stream_topic::ready_event same = of.topic->ready_since(of.seen, of.url);
    if (!same.text) return false;
    const exchange::at_once written = call_->write_at_once(*same.text);
    if (written == exchange::at_once::nothing) return false;
    saw(of, same.name, same.sequence);
    if (written == exchange::at_once::all) {
        wait_.put_off(due());
        return true;
    }
    begun_ = std::move(same.text);
    return false;
}

steady_time stream_session::due() const {
    const steady_time beat = hub_.time().steady_now() + heartbeat_;
    return expires_ ? std::min(beat, *expires_) : beat;
}

bool stream_session::all_over() const noexcept {
    return std::all_of(views_.begin(), views_.end(), [](const told_view& each) { return each.over; });
}

std::string stream_session::id_with(const told_view& of) const {
    std::string id;
    for (const told_view& each : views_) {
        if (each.topic && each.seen && (!each.over || &each == &of))
            append_position(id, each.topic->epoch(), *each.seen);
    }
    return id;
}

void stream_session::add_end(counter& why, piece& into) const {
    append_retry(into.text, hub_.scattered_retry());
    into.ended = &why;
}

void stream_session::saw(told_view& of, std::string_view name, std::uint64_t sequence) {
    of.seen = sequence;
    stream_hub::meters& count = hub_.count();
    (name == "patch" ? count.patches : name == "snapshot" ? count.snapshots : count.changed).add();
}

void stream_session::add_event(told_view& of, const stream_news::event& what, piece& into) {
    saw(of, what.name, what.sequence);
    const bool is_large = what.tail->size() >= stream_topic::worth_its_own_write;
    const std::string id = id_with(of);
    constexpr std::size_t words = 64;  // at most, beside what differs
    into.text.reserve(into.text.size() + words + id.size() + of.url.size() + (is_large ? 0 : what.tail->size()));
    append_event_start(into.text, what.name, id, of.url);
    if (is_large) {
        into.large = what.tail;
    } else {
        into.text.append(*what.tail).append(event_end);
    }
}

// False: the piece is full.
bool stream_session::add_news(told_view& of, piece& into) {
    if (of.problem) {
        hub_.count().problems.add();
        append_event_start(into.text, "problem", {}, of.url);
        into.text.append(*std::exchange(of.problem, nullptr)).append(event_end);
    }
    if (!of.topic || of.over) return true;
    if (views_.size() == 1 && into.text.empty()) {
        if (stream_topic::ready_event same = of.topic->ready_since(of.seen, of.url); same.text) {
            saw(of, same.name, same.sequence);
            into.ready = std::move(same.text);
            return true;
        }
    }
    const stream_news news = of.topic->since(of.seen);
    for (const stream_news::event& each : news.events) {
        if (into.text.size() >= enough_at_once) return false;
        add_event(of, each, into);
        if (into.large) return false;
    }
    if (!news.end) return true;
    if (!news.end->problem) {
        add_end(hub_.count().ended_moved, into);
        return false;
    }
    of.problem = news.end->problem;
    of.over = true;
    of.membership.reset();
    return add_news(of, into);
}

stream_session::piece stream_session::next(bool beats) {
    piece made;
    for (told_view& each : views_) {
        if (!add_news(each, made)) return made;
    }
    if (all_over()) {
        add_end(hub_.count().ended_problem, made);
    } else if (hub_.moving()) {
        add_end(hub_.count().ended_moved, made);
    } else if (expires_ && hub_.time().steady_now() >= *expires_) {
        add_end(hub_.count().ended_expired, made);
    } else if (made.text.empty() && !made.ready && beats) {
        hub_.count().heartbeats.add();
        made.text = heartbeat_comment;
    }
    return made;
}

boost::asio::awaitable<void> stream_session::write(exchange& call, std::shared_ptr<stream_session> of,
                                                   response_head head) {
    const bool head_alone = call.head().method == "HEAD";
    auto starting = call.start(std::move(head), std::nullopt);
    result<void> written = co_await std::move(starting);
    if (!written) co_return;
    if (head_alone) {
        const result<void> finished = co_await call.finish();
        if (!finished) call.abort();
        co_return;
    }
    call.on_gone([of] { of->client_is_gone(); });
    {
        std::string opening;
        append_retry(opening, of->hub_.settings()->retry);
        written = co_await call.write(opening);
    }
    bool beats = false;
    of->call_ = &call;
    const auto let_go = [](stream_session* session) { session->call_ = nullptr; };
    const std::unique_ptr<stream_session, decltype(let_go)> while_it_writes(of.get(), let_go);
    while (written && !of->gone_) {
        piece out = of->next(beats);
        beats = false;
        if (out.ready) written = co_await call.write(*out.ready);
        if (written && !out.text.empty()) written = co_await call.write(out.text);
        if (written && out.large) {
            written = co_await call.write(*out.large);
            if (written) written = co_await call.write(event_end);
            continue;
        }
        if (!written || of->gone_) break;
        if (out.ended != nullptr) {
            out.ended->add();
            of->call_ = nullptr;  // nothing comes behind the end
            const result<void> finished = co_await call.finish();
            if (!finished) call.abort();
            co_return;
        }
        if (out.text.size() >= enough_at_once) continue;
        out = {};
        bool woken = of->wait_.take_signal();
        if (!woken) woken = co_await of->wait_.wait(of->due());
        beats = !woken;
        if (!of->begun_) continue;
        written = co_await call.write_rest();
        of->begun_ = nullptr;
    }
    of->hub_.count().ended_gone.add();
}

}  // namespace nearside::proxy
