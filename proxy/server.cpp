#include "proxy/server.h"

#include "proxy/connection_set.h"
#include "proxy/listener.h"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <unistd.h>
#include <utility>

namespace nearside::proxy {

namespace asio = boost::asio;

// Held by what each thread still has to do.
struct server::stopping {
    stopping(asio::io_context& thread, std::size_t threads, std::function<void()> stopped)
        : deadline(thread), left(threads), call(std::move(stopped)) {}

    asio::steady_timer deadline;  // on the first thread
    std::atomic<std::size_t> left;
    std::function<void()> call;
};

server::server(server_options options, request_handler& handler, const clock& time)
    : server(std::move(options), std::vector<request_handler*>{&handler}, time) {}

server::server(server_options options, std::vector<request_handler*> handlers, const clock& time)
    : options_(std::move(options)), handlers_(std::move(handlers)), time_(time) {
    if (options_.connections == nullptr) {
        options_.connections = std::make_shared<connection_limit>(options_.limits.connections);
    }
}

server::~server() = default;

result<void> server::start(const std::vector<asio::io_context*>& threads) {
    config::address where = options_.listen;
    if (where.port != 0) {
        // Sharing a port between threads would also share it with another process that did the same, and each would
        // get some of the requests: so first look whether the port is free.
        const result<int> probe = listener::open(where, false);
        if (!probe.has_value()) return probe.error();
        ::close(*probe);
    }
    // Ids of different threads differ in their upper bits.
    static constexpr unsigned thread_shift = 48;
    std::uint64_t first_id = options_.id_seed;
    for (asio::io_context* thread : threads) {
        const result<int> socket = listener::open(where, true);
        if (!socket.has_value()) {
            listeners_.clear();
            sets_.clear();
            return socket.error();
        }
        where.port = port_ = listener::port_of(*socket);
        request_handler& handler = *handlers_[sets_.size() < handlers_.size() ? sets_.size() : 0];
        sets_.push_back(std::make_shared<connection_set>(*thread, options_, handler, time_, first_id));
        listeners_.push_back(std::make_shared<listener>(*socket, sets_.back(), options_.connections));
        first_id += std::uint64_t{1} << thread_shift;
    }
    for (const std::shared_ptr<listener>& each : listeners_)
        each->start();
    return {};
}

void server::see_off() {
    for (const std::shared_ptr<connection_set>& set : sets_)
        asio::post(set->thread(), [set] { set->see_off(); });
}

void server::use_certificate(std::shared_ptr<const tls_server> tls) {
    for (const std::shared_ptr<connection_set>& set : sets_)
        asio::post(set->thread(), [set, tls] { set->use_certificate(tls); });
}

void server::stop(milliseconds grace, std::function<void()> stopped) {
    if (sets_.empty()) return stopped();
    const auto state = std::make_shared<stopping>(sets_.front()->thread(), sets_.size(), std::move(stopped));
    asio::post(sets_.front()->thread(), [state, grace, sets = sets_] {
        if (state->left == 0) return;
        state->deadline.expires_after(grace);
        state->deadline.async_wait([sets](const boost::system::error_code& failed) {
            if (failed) return;
            for (const std::shared_ptr<connection_set>& set : sets) {
                asio::post(set->thread(), [set] { set->close_all(); });
            }
        });
    });
    for (std::size_t index = 0; index < sets_.size(); ++index) {
        const std::shared_ptr<connection_set>& set = sets_[index];
        asio::post(set->thread(), [state, set, first = sets_.front(), from = listeners_[index]] {
            from->stop();
            set->drain();
            set->when_empty([state, first] {
                if (--state->left != 0) return;
                asio::post(first->thread(), [state] { state->deadline.cancel(); });
                state->call();
            });
        });
    }
}

server_counters server::counters() const noexcept {
    server_counters all;
    const auto read = [](const std::atomic<std::uint64_t>& one) { return one.load(std::memory_order_relaxed); };
    for (const std::shared_ptr<connection_set>& set : sets_) {
        const connection_set::counts& from = set->counters();
        const std::uint64_t closed = read(from.closed);
        all.connections_accepted += read(from.accepted);
        all.connections_open += read(from.accepted) - closed;
        all.requests += read(from.requests);
        all.requests_refused += read(from.refused);
        all.timeouts += read(from.timeouts);
        all.handshakes_failed += read(from.handshakes_failed);
    }
    return all;
}

}  // namespace nearside::proxy
