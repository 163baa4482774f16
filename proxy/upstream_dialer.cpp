#include "proxy/upstream_dialer.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace nearside::proxy {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

// Long enough that dials seldom wait for DNS, short enough to follow a failover.
constexpr milliseconds addresses_kept_for{30'000};

class socket_closer final : public interruptible {
public:
    explicit socket_closer(tcp::socket& socket) : socket_(socket) {}
    void interrupt() noexcept override {
        boost::system::error_code ignored;
        socket_.close(ignored);
    }

private:
    tcp::socket& socket_;
};

// Not the upstream's fault, where this process has run out.
error cannot_connect(const boost::system::error_code& failure) {
    const bool ours = failure == boost::system::errc::too_many_files_open ||
                      failure == boost::system::errc::too_many_files_open_in_system;
    return {ours ? errc::out_of_descriptors : errc::connect_failed, failure.message()};
}

asio::awaitable<result<tcp::socket>> connect_to(tcp::endpoint address, steady_time due,
                                                std::shared_ptr<call_guard> guard) {
    tcp::socket socket(guard->home());
    boost::system::error_code failure;
    socket.open(address.protocol(), failure);
    if (failure) co_return cannot_connect(failure);
    socket.set_option(tcp::no_delay(true), failure);
    socket.set_option(asio::socket_base::keep_alive(true), failure);

    const auto own_time = call_guard::create(guard->home(), due);
    socket_closer closer(socket);
    const call_guard::watch watching(*guard, closer);
    const call_guard::watch watching_own(*own_time, closer);
    const auto [refused] = co_await socket.async_connect(address, asio::as_tuple(asio::use_awaitable));
    if (guard->stopped()) co_return error{guard->why(errc::connect_failed), "while connecting"};
    if (own_time->stopped()) co_return error{errc::connect_timeout, "while connecting"};
    if (refused) co_return cannot_connect(refused);
    co_return std::move(socket);
}

}  // namespace

result<std::shared_ptr<upstream_dialer>> upstream_dialer::create(const config::upstream_settings& upstream) {
    std::shared_ptr<upstream_dialer> made(new upstream_dialer);
    std::string host = upstream.host;
    if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
    made->keep_alive_ = upstream.keep_alive;
    made->timeout_ = upstream.timeout.connect;
    made->resolver_ = std::make_shared<upstream_resolver>(std::move(host), upstream.port, addresses_kept_for);
    if (upstream.scheme == "https") {
        auto tls = tls_client::create(upstream);
        if (!tls) return tls.error();
        made->tls_ = *tls;
    }
    return made;
}

asio::awaitable<result<std::unique_ptr<upstream_connection>>> upstream_dialer::connect(
    std::shared_ptr<call_guard> guard) const {
    const steady_time due = std::chrono::steady_clock::now() + timeout_;
    guard->enter_phase(due, errc::connect_timeout);
    const auto addresses = co_await resolver_->resolve(guard);
    if (!addresses) co_return addresses.error();

    error last{errc::resolve_failed, "the name has no address"};
    for (std::size_t at = 0; at < addresses->size(); ++at) {
        // An address that swallows packets must leave time for the others.
        const steady_time now = std::chrono::steady_clock::now();
        const steady_time share = now + (due - now) / static_cast<int>(addresses->size() - at);
        auto socket = co_await connect_to((*addresses)[at], share, guard);
        if (!socket) {
            last = socket.error();
            if (guard->stopped()) break;
            continue;
        }
        auto made = std::make_unique<upstream_connection>();
        made->keep_alive = keep_alive_;
        if (tls_ == nullptr) {
            made->transport = plain_upstream_transport(std::move(*socket));
        } else {
            auto transport = co_await tls_upstream_transport(std::move(*socket), tls_, guard);
            if (!transport) {
                // One address of several may have a bad certificate, or a middlebox.
                last = transport.error();
                if (guard->stopped()) break;
                continue;
            }
            made->transport = std::move(*transport);
        }
        if (at > 0) resolver_->prefer((*addresses)[at]);
        made->idle_since = std::chrono::steady_clock::now();
        co_return std::move(made);
    }
    co_return last;
}

}  // namespace nearside::proxy
