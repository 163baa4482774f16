// One request and its response, whatever the HTTP version and transport: what a handler sees of a client.
// The session that read the request owns the exchange; it lives until handle() has finished and the response is
// written. Everything here is called on that session's thread: by one coroutine, or by two where one only reads the
// request's body and the other only writes the response (both must have ended when handle() returns).
//
// A response is given in one of two ways:
//   whole     respond() or respond_stored(), from try_handle() or handle(). The session writes it after the handler
//             has returned, head and body in one system call where they fit.
//   streamed  start(), write()..., finish(), from handle(). A handler that returns after start() without finish()
//             breaks the response off: the client can tell that it is incomplete.
// A handler that gives no response at all makes a 500.
//
// The session owns the framing. Connection, Keep-Alive, Transfer-Encoding and Upgrade of a response head are left out,
// Content-Length is its own (a given one stands only where no body follows: HEAD and 304), Date is added when missing.
#pragma once

#include "core/body.h"
#include "core/clock.h"
#include "core/error.h"
#include "core/http_message.h"
#include "core/prepared_head.h"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace nearside::proxy {

class exchange {
public:
    // The request. Fields hold no obs-fold, no control bytes and, for HTTP/1.1, exactly one valid Host. The target is
    // in origin-form, or `*` for OPTIONS. A handler may move from it.
    virtual request_head& head() noexcept = 0;
    // When the head was complete; also the clock of Date.
    virtual wall_time received_at() const noexcept = 0;
    // Unique within the process and unlikely to meet again in another one.
    virtual std::uint64_t id() const noexcept = 0;
    // The client's IP address as text, without port.
    virtual const std::string& peer_address() const noexcept = 0;
    // "https" when the client's connection is TLS, "http" otherwise.
    virtual std::string_view scheme() const noexcept = 0;
    // What the request named as its host, port included as sent; empty for an HTTP/1.0 request without Host.
    virtual std::string_view authority() const noexcept = 0;
    // From handle() only: `call` is called once, on the session's thread, when nobody is left to answer, or never; at
    // once where that is so already. Forgotten when handle() has returned; another one replaces it. It must not throw.
    // Gone is a client whose connection was reset, or closed by this server, and also one that has sent all of its
    // request and then ended its sending side. That one might still read (RFC 9112 9.6), but to TCP it looks like one
    // that has left, which is by far more usual: clients keep their sending side open until they have the response.
    // Requests pipelined behind this one change nothing.
    virtual void on_gone(std::function<void()> call) = 0;

    // --- the request's body

    virtual bool has_body() const noexcept = 0;
    // nullopt: not told in advance (chunked).
    virtual std::optional<std::uint64_t> body_length() const noexcept = 0;
    // The next piece, empty at the end; valid until the next call. Tells a client that waits for it to continue
    // (RFC 9110 10.1.1). Fails with body_too_large, bad_request (broken chunks), request_timeout, closed_early.
    virtual boost::asio::awaitable<result<std::string_view>> read_body() = 0;
    // No more of the body is wanted: a read_body() that waits, and every later one, fails with cancelled. What the
    // client still sends is the session's to drop.
    virtual void cancel_read() noexcept = 0;

    // --- the response, whole

    // Fields added to whatever response is given: those that differ from one answer to the next of a stored response
    // (Age, Cache-Status), CORS, partial results. Empty at the start of each exchange.
    virtual header_fields& extra_fields() noexcept = 0;
    virtual void respond(response_head head, body content) = 0;
    // The cheap way for a cached hit: nothing is copied; `owner` keeps what head and content point to alive, and the
    // content itself, while they are written.
    virtual void respond_stored(std::shared_ptr<const void> owner, const head_view& head, const body& content) = 0;
    // problem+json (RFC 9457) with the status that belongs to the error.
    void respond_error(const error& failure);

    // --- the response, streamed

    // 1xx other than 100 and 101, before the final head (RFC 9110 15.2); left out for HTTP/1.0.
    virtual boost::asio::awaitable<result<void>> send_interim(response_head head) = 0;
    // `length` of the body when it is known; otherwise it is chunked, or ends with the connection for HTTP/1.0.
    virtual boost::asio::awaitable<result<void>> start(response_head head, std::optional<std::uint64_t> length) = 0;
    // Returns when the system has taken all of it: that is the backpressure. `bytes` stay the caller's and must live
    // until then. Fails with closed_early when the client is gone. Bytes of a response that has no body (HEAD, 204,
    // 304) are dropped; bytes beyond `length` are an error of the caller (internal).
    virtual boost::asio::awaitable<result<void>> write(std::string_view bytes) = 0;
    // As write(), but only if that can be done without waiting, which the default never can. `rest`: write_rest() has
    // to write what is left before anything else is written; the bytes must live until then.
    enum class at_once { all, rest, nothing };
    virtual at_once write_at_once(std::string_view bytes) noexcept {
        (void)bytes;
        return at_once::nothing;
    }
    // write_at_once() comes soon: asks for the memory that it takes.
    virtual void fetch_ahead() const noexcept {}
    virtual boost::asio::awaitable<result<void>> write_rest() { co_return result<void>(); }
    // How many bytes write() takes without waiting, about: who brings them from afar need not hold more of them than
    // that for a client that is slow. More may be written.
    virtual std::size_t room() const noexcept = 0;
    // The body is complete. Fewer bytes than `length` make it broken instead. `trailers` reach a client that asked for
    // them (`TE: trailers`, RFC 9110 6.5.1) where the body is chunked, and are dropped otherwise.
    virtual boost::asio::awaitable<result<void>> finish_with(header_fields trailers) = 0;
    boost::asio::awaitable<result<void>> finish() { return finish_with({}); }
    // The body cannot be completed: the connection is closed so that the client sees that (RFC 9112 8).
    virtual void abort() noexcept = 0;

protected:
    ~exchange() = default;
};

// How an exchange ended, for access logs and metrics.
struct exchange_end {
    int status = 0;                // 0: no response could be written
    std::uint64_t body_bytes = 0;  // of the response, without framing
    bool complete = false;         // everything was handed to the system
    std::string thrown;            // what() of an exception that left the handler; for logs, not for clients
};

// Answers requests. One object serves all threads; it outlives the server and every exchange.
class request_handler {
public:
    virtual ~request_handler() = default;
    // The fast path: true when a whole response was given without waiting for anything. Otherwise nothing may have
    // been given, and handle() is asked. Must not block. Saves a coroutine for each cached hit.
    virtual bool try_handle(exchange& call) = 0;
    virtual boost::asio::awaitable<void> handle(exchange& call) = 0;
    // After the response was written or given up.
    virtual void finished(exchange& call, const exchange_end& end) noexcept {
        (void)call;
        (void)end;
    }
};

}  // namespace nearside::proxy
