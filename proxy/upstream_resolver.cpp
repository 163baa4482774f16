#include "proxy/upstream_resolver.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>

namespace nearside::proxy {

namespace asio = boost::asio;
using asio::ip::tcp;

class upstream_resolver::waiter final : public interruptible {
public:
    explicit waiter(const asio::any_io_executor& home) : timer(home, steady_time::max()) {}
    void interrupt() noexcept override { timer.cancel(); }

    asio::steady_timer timer;  // touched on its executor only
};

upstream_resolver::upstream_resolver(std::string host, std::uint16_t port, milliseconds keep_for)
    : host_(std::move(host)), port_(port), keep_for_(keep_for) {
    boost::system::error_code not_an_address;
    const auto address = asio::ip::make_address(host_, not_an_address);
    if (not_an_address) return;
    known_.emplace_back(address, port_);
    known_until_ = steady_time::max();
}

asio::awaitable<result<upstream_resolver::endpoints>> upstream_resolver::resolve(std::shared_ptr<call_guard> guard) {
    std::shared_ptr<waiter> seat;
    bool first = false;
    {
        const std::lock_guard lock(mutex_);
        if (!known_.empty() && std::chrono::steady_clock::now() < known_until_) co_return known_;
        seat = std::make_shared<waiter>(guard->home());
        waiting_.push_back(seat);
        first = !std::exchange(looking_up_, true);
    }
    if (first) look_up(guard->home());
    {
        const call_guard::watch watching(*guard, *seat);
        if (!guard->stopped()) co_await seat->timer.async_wait(asio::as_tuple(asio::use_awaitable));
    }
    const std::lock_guard lock(mutex_);
    std::erase(waiting_, seat);
    if (guard->stopped()) co_return error{guard->why(errc::resolve_failed), "while looking up the upstream's name"};
    if (known_.empty()) co_return last_failure_;
    co_return known_;
}

void upstream_resolver::prefer(const tcp::endpoint& working) {
    const std::lock_guard lock(mutex_);
    const auto found = std::find(known_.begin(), known_.end(), working);
    if (found != known_.end()) std::rotate(known_.begin(), found, found + 1);
}

void upstream_resolver::look_up(const asio::any_io_executor& executor) {
    auto resolver = std::make_shared<tcp::resolver>(executor);
    resolver->async_resolve(host_, std::to_string(port_),
                            [self = shared_from_this(), resolver](const boost::system::error_code& failure,
                                                                  const tcp::resolver::results_type& found) {
                                self->on_answer(failure, endpoints(found.begin(), found.end()));
                            });
}

void upstream_resolver::on_answer(const boost::system::error_code& failure, endpoints found) {
    const std::lock_guard lock(mutex_);
    looking_up_ = false;
    if (failure || found.empty()) {
        const bool ours = failure == boost::system::errc::too_many_files_open ||
                          failure == boost::system::errc::too_many_files_open_in_system;
        last_failure_ = {ours ? errc::out_of_descriptors : errc::resolve_failed,
                         failure ? failure.message() : "the name has no address"};
    } else {
        known_ = std::move(found);
        known_until_ = std::chrono::steady_clock::now() + keep_for_;
    }
    for (const auto& each : waiting_) {
        asio::post(each->timer.get_executor(), [each] { each->timer.cancel(); });
    }
}

}  // namespace nearside::proxy
