#include "loadtest/farlink/relay.h"

#include "loadtest/farlink/file.h"
#include "loadtest/farlink/line.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <memory>

namespace nearside::farlink {

namespace {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;

constexpr std::size_t most_bytes_underway = 8 * 1024 * 1024;  // each way of a connection; then reading waits
constexpr std::size_t read_bytes = 64 * 1024;

line::time monotonic_now() {
    return std::chrono::steady_clock::now().time_since_epoch();
}

// One relayed connection.
struct pair {
    pair(tcp::socket near_end, tcp::socket far_end) : near_side(std::move(near_end)), far_side(std::move(far_end)) {}
    tcp::socket near_side, far_side;
};

// Bytes on their way in one direction. The empty chunk is the end of the stream. `changed` never expires by itself: it
// is cancelled to wake the other half.
struct passage {
    passage(const asio::any_io_executor& executor, const link_settings& settings)
        : travelling(settings, 0), changed(executor, asio::steady_timer::time_point::max()) {}
    line travelling;
    std::size_t underway = 0;
    asio::steady_timer changed;
    bool broken = false;
};

link_settings without_loss(link_settings settings) {
    settings.loss = 0;
    settings.queue_bytes = UINT64_MAX;
    return settings;
}

asio::awaitable<void> wait_for_change(std::shared_ptr<passage> way) {
    boost::system::error_code ignored;
    auto told = asio::redirect_error(asio::use_awaitable, ignored);
    co_await way->changed.async_wait(told);
}

asio::awaitable<void> read_side(std::shared_ptr<pair> both, tcp::socket& from, std::shared_ptr<passage> way,
                                line::time not_before) {
    std::array<char, read_bytes> bytes;
    for (;;) {
        while (way->underway >= most_bytes_underway && !way->broken)
            co_await wait_for_change(way);
        boost::system::error_code failure;
        auto told = asio::redirect_error(asio::use_awaitable, failure);
        const std::size_t size = co_await from.async_read_some(asio::buffer(bytes), told);
        way->travelling.enter(std::string(bytes.data(), failure ? 0 : size), std::max(monotonic_now(), not_before));
        way->underway += size;
        way->changed.cancel();
        if (failure || way->broken) co_return;
    }
}

asio::awaitable<void> write_side(std::shared_ptr<pair> both, tcp::socket& into, std::shared_ptr<passage> way) {
    asio::steady_timer until(into.get_executor());
    boost::system::error_code failure;
    auto told = asio::redirect_error(asio::use_awaitable, failure);
    while (!failure) {
        const auto next = way->travelling.next_arrival();
        if (!next) {
            co_await wait_for_change(way);
            continue;
        }
        until.expires_at(std::chrono::steady_clock::time_point(*next));
        co_await until.async_wait(told);
        const auto chunk = way->travelling.arrive(*next);
        if (chunk->empty()) {
            into.shutdown(tcp::socket::shutdown_send, failure);
            co_return;
        }
        co_await asio::async_write(into, asio::buffer(*chunk), told);
        way->underway -= chunk->size();
        way->changed.cancel();
    }
    way->broken = true;
    boost::system::error_code ignored;
    both->near_side.close(ignored);
    both->far_side.close(ignored);
    way->changed.cancel();
}

asio::awaitable<void> relay_one(tcp::socket near_side, tcp::endpoint to, link_settings link) {
    const auto connected = monotonic_now() + link.round_trip;
    const auto executor = near_side.get_executor();
    tcp::socket far_side(executor);
    boost::system::error_code failure;
    auto told = asio::redirect_error(asio::use_awaitable, failure);
    co_await far_side.async_connect(to, told);
    if (failure) co_return;
    near_side.set_option(tcp::no_delay(true), failure);
    far_side.set_option(tcp::no_delay(true), failure);
    auto both = std::make_shared<pair>(std::move(near_side), std::move(far_side));
    auto there = std::make_shared<passage>(executor, without_loss(link));
    auto back = std::make_shared<passage>(executor, without_loss(link));
    asio::co_spawn(executor, read_side(both, both->near_side, there, connected), asio::detached);
    asio::co_spawn(executor, write_side(both, both->far_side, there), asio::detached);
    asio::co_spawn(executor, read_side(both, both->far_side, back, connected), asio::detached);
    asio::co_spawn(executor, write_side(both, both->near_side, back), asio::detached);
}

asio::awaitable<void> accept_all(tcp::acceptor acceptor, tcp::endpoint to, link_settings link) {
    for (;;) {
        boost::system::error_code failure;
        auto told = asio::redirect_error(asio::use_awaitable, failure);
        tcp::socket accepted = co_await acceptor.async_accept(told);
        if (failure) continue;
        const auto executor = accepted.get_executor();
        asio::co_spawn(executor, relay_one(std::move(accepted), to, link), asio::detached);
    }
}

}  // namespace

bool relay(const relay_settings& settings, int command, const std::function<void(std::uint16_t)>& listening) {
    asio::io_context io(1);
    bool command_ended = false;
    asio::signal_set signals(io, SIGTERM, SIGINT);
    signals.async_wait([&](const boost::system::error_code&, int) { io.stop(); });
    asio::posix::stream_descriptor watched(io);
    if (command >= 0) {
        watched.assign(checked(::dup(command), "cannot watch the far command"));
        watched.async_wait(asio::posix::stream_descriptor::wait_read, [&](const boost::system::error_code&) {
            command_ended = true;
            io.stop();
        });
    }
    tcp::acceptor acceptor(io, {asio::ip::address_v4::loopback(), settings.listen_port});
    listening(acceptor.local_endpoint().port());
    const tcp::endpoint to(asio::ip::make_address(settings.to_host), settings.to_port);
    asio::co_spawn(io, accept_all(std::move(acceptor), to, settings.link), asio::detached);
    io.run();
    return command_ended;
}

std::uint16_t free_loopback_port() {
    asio::io_context io;
    const tcp::acceptor acceptor(io, {asio::ip::address_v4::loopback(), 0});
    return acceptor.local_endpoint().port();
}

}  // namespace nearside::farlink
