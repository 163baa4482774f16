#include "proxy/stream_session.h"

#include <utility>

namespace nearside::proxy {

stream_session::stream_session(options of, const std::vector<std::string>& urls)
    : hub_(*of.hub),
      home_(of.home),
      place_(std::move(of.place)),
      heartbeat_(of.hub->settings()->heartbeat),
      feed_(*of.hub, std::move(of.feed), urls),
      wait_(home_),
      of_everybody_(hub_.everybody().join(home_, *this)) {}

void stream_session::follow(std::size_t at, std::shared_ptr<stream_topic> topic) {
    of_topics_.push_back(topic->readers().join(home_, *this));
    feed_.follow(at, std::move(topic));
    wait_.wake_soon();
}

void stream_session::fail(std::size_t at, const problem& why) {
    feed_.fail(at, why);
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
        __builtin_prefetch(feed_.first_memory());
        __builtin_prefetch(call_);
        wait_.fetch_ahead();
    } else {
        call_->fetch_ahead();
    }
}

// By far most of what streams tell, at a fraction of the cost of resuming a coroutine for it.
bool stream_session::tell_at_once() noexcept {
    if (call_ == nullptr || gone_ || !wait_.waited()) return false;
    stream_topic::ready_event same = feed_.ready();
    if (!same.text) return false;
    const exchange::at_once written = call_->write_at_once(*same.text);
    if (written == exchange::at_once::nothing) return false;
    feed_.was_written(same);
    if (written == exchange::at_once::all) {
        wait_.put_off(due());
        return true;
    }
    begun_ = std::move(same.text);
    return false;
}

steady_time stream_session::due() const {
    return feed_.due(hub_.time().steady_now() + heartbeat_);
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
        stream_feed::piece out = of->feed_.next(beats);
        beats = false;
        if (out.ready) written = co_await call.write(*out.ready);
        if (written && !out.text.empty()) written = co_await call.write(out.text);
        if (written && out.large) {
            written = co_await call.write(*out.large);
            if (written) written = co_await call.write(event_end);
        }
        if (!written || of->gone_) break;
        if (out.ended != nullptr) {
            out.ended->add();
            of->call_ = nullptr;  // nothing comes behind the end
            const result<void> finished = co_await call.finish();
            if (!finished) call.abort();
            co_return;
        }
        if (out.is_full) continue;
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
