#include "proxy/session_h1.h"

#include "proxy/connection_set.h"
#include "proxy/problem.h"

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <utility>

namespace nearside::proxy {

namespace asio = boost::asio;

namespace {

// About half a millisecond of an io thread.
constexpr int hits_a_turn = 64;

}  // namespace

session_h1::session_h1(client_stream& stream) : stream_(stream), set_(stream.set()), input_(set_.blocks()) {}

asio::awaitable<void> session_h1::run() {
    next step = serve_hits();
    for (;;) {
        if (step == next::idle) {
            after_idle_ = next::idle;
            co_await stream_.wait_idle(*this);
            step = after_idle_ == next::idle ? look_again() : after_idle_;
            continue;
        }
        if (step == next::take_turns) {
            co_await asio::post(set_.thread().get_executor(), asio::use_awaitable);
            step = stream_.open() ? serve_hits() : next::leave;
            continue;
        }
        if (step == next::wait_to_write) {
            co_await stream_.wait_to_read(io_state::want_write);
            step = look_again();
            continue;
        }
        if (step == next::refuse) co_await refuse();
        if (step == next::refuse || step == next::leave) co_return;

        if (step == next::ask_handler) {
            co_await ask_handler();
            if (progress_ == progress::whole) {
                render_whole();
                step = next::finish_writing;
            }
        }
        if (step == next::finish_writing) {
            const bool written = co_await stream_.push_all(out_, set_.ticks().write);
            progress_ = written ? progress::finished : progress::aborted;
        }
        const bool stay = co_await conclude();
        if (!stay) co_return;
        step = serve_hits();
    }
}

session_h1::next session_h1::serve_hits() {
    for (int served = 0; served < hits_a_turn; ++served) {
        const std::optional<next> otherwise = read_head();
        if (otherwise) return *otherwise;
        begin_exchange();
        if (!ask_handler_quickly() || progress_ != progress::whole) return next::ask_handler;
        render_whole();
        const io_state written = stream_.push(out_);
        if (written == io_state::want_write || written == io_state::want_read) return next::finish_writing;
        progress_ = written == io_state::done ? progress::finished : progress::aborted;
        if (progress_ == progress::aborted || close_ || !body_done_) return next::conclude;
        end_exchange();
    }
    return next::take_turns;
}

bool session_h1::serve_without_waiting() noexcept {
    after_idle_ = serve_hits();
    return after_idle_ == next::idle;
}

session_h1::next session_h1::look_again() {
    if (!stream_.open()) return next::leave;
    if (!stream_.read_expired()) return serve_hits();
    // A kept connection's idle end is nobody's slowness.
    if (!input_.empty() || !served_one_) connection_set::count(set_.counters().timeouts);
    if (input_.empty()) {
        stream_.end();
        return next::leave;
    }
    request_.clear();
    refusal_ = {408, errc::request_timeout, "the head took too long"};
    return next::refuse;
}

std::optional<session_h1::next> session_h1::read_head() {
    drop_used_body();
    for (;;) {
        if (!input_.empty()) {
            const head_scanner::verdict verdict = scanner_.scan(input_.unread(), set_.limits());
            if (verdict == head_scanner::verdict::refused) {
                request_.clear();
                refusal_ = scanner_.why();
                return next::refuse;
            }
            if (verdict == head_scanner::verdict::complete) {
                const std::string_view head =
                    input_.unread().substr(scanner_.start(), scanner_.end() - scanner_.start());
                const std::optional<refusal> wrong = parse_request_head(head, set_.limits(), request_);
                if (!wrong) return std::nullopt;
                refusal_ = *wrong;
                return next::refuse;
            }
        }
        if (!stream_.may_read()) return wait_for_head();
        const io_outcome outcome = stream_.read(input_.room());
        if (outcome.is == io_state::done) {
            input_.commit(outcome.bytes);
        } else if (outcome.is == io_state::want_read) {
            return wait_for_head();
        } else if (outcome.is == io_state::want_write) {
            return next::wait_to_write;
        } else {
            return next::leave;
        }
    }
}

session_h1::next session_h1::wait_for_head() {
    if (!input_.empty()) {
        if (!head_timed_) stream_.read_within(set_.ticks().header);
        head_timed_ = true;
        return next::idle;
    }
    if (set_.draining()) {
        stream_.end();
        return next::leave;
    }
    input_.release();
    if (!idle_timed_) stream_.read_within(served_one_ ? set_.ticks().idle : set_.ticks().header);
    idle_timed_ = true;
    return next::idle;
}

asio::awaitable<bool> session_h1::conclude() {
    const bool finished = progress_ == progress::finished;
    end_exchange();
    if (!finished) {
        // Where the connection's end is the body's end, only a reset tells the client that there was more.
        stream_.close(framing_ == response_framing::until_close);
        co_return false;
    }
    // One that took long began before that was known.
    if (set_.seeing_off() && input_.empty()) close_ = true;
    if (!close_ && !body_done_) {
        // An unread body would be taken for the next request (CVE-2025-4366).
        const bool drained = co_await drain_body();
        close_ = !drained;
    }
    if (!close_) co_return true;
    co_await leave_politely();
    co_return false;
}

void session_h1::begin_exchange() {
    connection_set::count(set_.counters().requests);
    stream_.read_without_deadline();
    input_.consume(scanner_.end());
    scanner_ = {};
    served_one_ = true;
    idle_timed_ = head_timed_ = false;

    is_head_ = request_.head.method == "HEAD";
    is_http10_ = request_.head.version < 11;
    received_at_ = set_.wall_now();
    id_ = set_.next_id();

    chunks_ = {};
    body_left_ = request_.framing.length;
    body_taken_ = 0;
    body_turn_end_ = client_stream::turn_bytes;
    body_done_ = !has_body();
    continue_pending_ = request_.framing.expects_continue;
    close_ = !request_.framing.keep_alive;

    progress_ = progress::none;
    extra_.clear();
    framing_ = response_framing::no_body;
    length_.reset();
    end_ = {};
}

bool session_h1::ask_handler_quickly() {
    try {
        return set_.handler().try_handle(*this);
    } catch (const std::exception& thrown) {
        end_.thrown = thrown.what();
    }
    respond_error({errc::internal, {}});
    return true;
}

asio::awaitable<void> session_h1::ask_handler() {
    // It may take long.
    if (body_done_ && input_.empty()) input_.release();
    try {
        co_await set_.handler().handle(*this);
    } catch (const std::exception& thrown) {
        end_.thrown = thrown.what();
    }
    forget_handler();
    if (progress_ == progress::streaming) abort();
    const bool failed = !end_.thrown.empty() && progress_ == progress::whole;
    if (progress_ == progress::none || failed) respond_error({errc::internal, {}});
}

void session_h1::on_gone(std::function<void()> call) {
    gone_call_ = std::move(call);
    stream_.watch_departure(this);
    on_departure();
}

void session_h1::on_departure() noexcept {
    if (gone_call_ == nullptr) return;
    // While its body is being read, the reader finds where the client ended.
    if (stream_.lost() || (stream_.ended() && body_done_)) std::exchange(gone_call_, nullptr)();
}

void session_h1::forget_handler() noexcept {
    stream_.watch_departure(nullptr);
    gone_call_ = nullptr;
    read_cancelled_ = false;
}

void session_h1::end_exchange() noexcept {
    end_.complete = progress_ == progress::finished;
    set_.handler().finished(*this, end_);
    stored_owner_.reset();
    own_content_ = {};
}

// The connection ends here, so that nothing after a head that was not understood is taken for a request.
asio::awaitable<void> session_h1::refuse() {
    connection_set::count(set_.counters().refused);
    const problem made = make_problem(refusal_.status, {refusal_.code, std::string(refusal_.detail)});
    text_.clear();
    write_status_line(text_, made.head.status);
    write_fields(text_, made.head.fields);
    write_framing(text_, response_framing::length, made.content.size());
    text_.append(set_.date_line(set_.wall_now())).append("Connection: close\r\n\r\n");
    gather out;
    out.add(text_);
    if (request_.head.method != "HEAD") out.add(made.content.slices());
    body_done_ = false;  // what follows is unknown: linger
    const bool told = co_await stream_.push_all(out, set_.ticks().write);
    if (told) co_await leave_politely();
}

// RFC 9112 9.6: closing at once while the client still sends would reset the connection, and could take the response
// from it before it has read it.
asio::awaitable<void> session_h1::leave_politely() {
    static constexpr std::size_t most_dropped = std::size_t{4} * 1024 * 1024;
    stream_.end();
    if (body_done_ && input_.empty() && !request_.framing.keep_alive) co_return;
    stream_.read_within(set_.ticks().linger);
    std::size_t dropped = 0;
    while (dropped < most_dropped && stream_.open() && !stream_.read_expired()) {
        input_.consume(input_.unread().size());
        const std::span<char> room = input_.room();
        const io_outcome outcome = stream_.read(room);
        if (outcome.is == io_state::ended || outcome.is == io_state::failed) co_return;
        dropped += outcome.bytes;
        if (outcome.is != io_state::done) co_await stream_.wait_to_read(outcome.is);
    }
}

}  // namespace nearside::proxy
