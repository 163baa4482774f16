// HTTP/1.1 and 1.0 on one client connection (RFC 9112): reads a head, lets the handler answer, writes, and again, in
// order. It is the exchange that the handler sees; there is one at a time.
// Lives in the coroutine that serves the connection; one thread.
#pragma once

#include "proxy/chunked_decoder.h"
#include "proxy/client_stream.h"
#include "proxy/exchange.h"
#include "proxy/gather.h"
#include "proxy/head_scanner.h"
#include "proxy/input_buffer.h"
#include "proxy/request_parser.h"
#include "proxy/response_writer.h"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace nearside::proxy {

class session_h1 final : public exchange, private idle_session, private departure_watcher {
public:
    explicit session_h1(client_stream& stream);
    session_h1(const session_h1&) = delete;
    session_h1& operator=(const session_h1&) = delete;

    // Until the connection has ended.
    boost::asio::awaitable<void> run();

    request_head& head() noexcept override { return request_.head; }
    wall_time received_at() const noexcept override { return received_at_; }
    std::uint64_t id() const noexcept override { return id_; }
    const std::string& peer_address() const noexcept override { return stream_.peer_address(); }
    std::string_view scheme() const noexcept override { return stream_.secure() ? "https" : "http"; }
    std::string_view authority() const noexcept override { return request_.authority; }
    void on_gone(std::function<void()> call) override;

    bool has_body() const noexcept override;
    std::optional<std::uint64_t> body_length() const noexcept override;
    boost::asio::awaitable<result<std::string_view>> read_body() override;
    void cancel_read() noexcept override;

    header_fields& extra_fields() noexcept override { return extra_; }
    void respond(response_head head, body content) override;
    void respond_stored(std::shared_ptr<const void> owner, const head_view& head, const body& content) override;

    boost::asio::awaitable<result<void>> send_interim(response_head head) override;
    boost::asio::awaitable<result<void>> start(response_head head, std::optional<std::uint64_t> length) override;
    boost::asio::awaitable<result<void>> write(std::string_view bytes) override;
    at_once write_at_once(std::string_view bytes) noexcept override;
    void fetch_ahead() const noexcept override;
    boost::asio::awaitable<result<void>> write_rest() override;
    std::size_t room() const noexcept override { return stream_.room(); }
    boost::asio::awaitable<result<void>> finish_with(header_fields trailers) override;
    void abort() noexcept override;

private:
    // --- reading a head

    // What the connection has to do next. All but `idle` is the coroutine's.
    enum class next { idle, take_turns, wait_to_write, ask_handler, finish_writing, conclude, refuse, leave };
    // Reads and answers requests while nothing has to be waited for, up to one turn's worth: a client that sends faster
    // than it is served must not hold the thread.
    next serve_hits();
    bool serve_without_waiting() noexcept override;
    // After a wait that brought no bytes for certain.
    next look_again();
    // nullopt: a head was read.
    std::optional<next> read_head();
    next wait_for_head();
    void begin_exchange();
    // True when the next request may follow.
    boost::asio::awaitable<bool> conclude();

    // --- the request's body (session_h1_body.cpp)

    enum class body_step { data, end, more, broken, too_large };
    body_step take_body(std::string_view& piece);
    void drop_used_body() noexcept;
    // Reads more of it, waiting no longer than `patience`; the reason why that is impossible.
    boost::asio::awaitable<std::optional<errc>> fill_for_body(tick_count patience);
    boost::asio::awaitable<bool> send_continue();
    // True when it was read to its end within bounds.
    boost::asio::awaitable<bool> drain_body();
    bool worth_draining() const noexcept;

    // --- the response (session_h1_response.cpp)

    enum class progress { none, whole, streaming, finished, aborted };
    void decide_framing(int status, std::optional<std::uint64_t> length) noexcept;
    void render_own_head(const response_head& head);
    void render_tail(bool has_date);
    void render_whole();  // into out_
    boost::asio::awaitable<result<void>> send(gather out);
    bool ask_handler_quickly();
    boost::asio::awaitable<void> ask_handler();
    void on_departure() noexcept override;
    void forget_handler() noexcept;  // what it has asked for
    void end_exchange() noexcept;

    // --- the connection's end

    boost::asio::awaitable<void> refuse();
    boost::asio::awaitable<void> leave_politely();

    client_stream& stream_;
    connection_set& set_;
    input_buffer input_;
    bool may_read_ = true;  // the socket may hold bytes; otherwise wait first
    next after_idle_ = next::idle;
    bool served_one_ = false;
    bool idle_timed_ = false;  // the deadline for a request's first byte stands
    bool head_timed_ = false;  // the deadline for the end of its head stands
    bool close_ = false;       // after this exchange

    head_scanner scanner_;
    refusal refusal_;
    parsed_request request_;
    bool is_head_ = false;  // of request_, from which a handler may move
    bool is_http10_ = false;
    wall_time received_at_{};
    std::uint64_t id_ = 0;

    chunked_decoder chunks_;
    std::uint64_t body_left_ = 0;   // framing by length
    std::uint64_t body_taken_ = 0;  // data bytes so far
    std::uint64_t body_turn_end_ = 0;
    std::size_t body_in_use_ = 0;  // input bytes of the piece last given out
    bool body_done_ = true;
    bool continue_pending_ = false;
    bool read_cancelled_ = false;

    std::function<void()> gone_call_;
    progress progress_ = progress::none;
    header_fields extra_;
    response_head own_head_;
    body own_content_;
    std::shared_ptr<const void> stored_owner_;
    head_view stored_head_;
    const body* stored_content_ = nullptr;
    std::string text_;  // rendered head, or framing of a chunk
    response_framing framing_ = response_framing::no_body;
    std::optional<std::uint64_t> length_;  // of the response's body, where the framing or a HEAD tells it
    gather out_;                           // what is still to be written of a whole response
    exchange_end end_;
};

}  // namespace nearside::proxy
