#include "proxy/running_servers.h"

#include <chrono>
#include <csignal>
#include <utility>

namespace nearside::proxy {

running_servers::running_servers(process& within, parts of)
    : process_(within),
      parts_(std::move(of)),
      signals_(within.main_thread, SIGTERM, SIGINT),
      hangups_(within.main_thread, SIGHUP) {}

// It is stopping already: being told again must not end it with another exit code than a clean one.
running_servers::~running_servers() {
    signals_.clear();
    std::signal(SIGTERM, SIG_IGN);
}

bool running_servers::start(const config::settings& settings) {
    const auto contexts = process_.threads.contexts();
    return start_one(*parts_.for_public, settings.server.listen, "public", contexts) &&
           start_one(*parts_.for_admin, settings.admin.listen, "admin", {contexts.front()});
}

bool running_servers::start_one(server& one, const config::address& listen, std::string_view what,
                                const std::vector<boost::asio::io_context*>& contexts) {
    const result<void> started = one.start(contexts);
    if (!started) {
        process_.log.error("cannot listen", {{"for", what},
                                             {"address", listen.host},
                                             {"port", static_cast<int>(listen.port)},
                                             {"error", started.error().detail}});
        return false;
    }
    process_.log.info("listening", {{"for", what}, {"address", listen.host}, {"port", static_cast<int>(one.port())}});
    return true;
}

steady_time running_servers::run_until_stopped() {
    wait_for_stop();
    wait_for_hangups();
    process_.main_thread.run();
    return leave_by_;
}

steady_time running_servers::leave_by() {
    process_.main_thread.restart();
    process_.main_thread.poll();
    return leave_by_;
}

void running_servers::wait_for_stop() {
    signals_.async_wait([this](const boost::system::error_code& failed, int signal) {
        if (!failed) stop(signal);
    });
}

void running_servers::stop(int signal) {
    *parts_.now = phase::stopping;
    const milliseconds drain = parts_.drain_timeout();
    leave_by_ = std::chrono::steady_clock::now() + drain;
    process_.log.info("stopping", {{"signal", signal}, {"drain_ms", drain.count()}});
    parts_.stopping();
    // Health stays visible while the public side drains.
    parts_.for_public->stop(
        drain, [this] { parts_.for_admin->stop(milliseconds{0}, [this] { process_.main_thread.stop(); }); });
    signals_.async_wait([this](const boost::system::error_code& again, int) {
        if (again) return;
        leave_by_ = std::chrono::steady_clock::now();
        process_.main_thread.stop();
    });
}

void running_servers::wait_for_hangups() {
    hangups_.async_wait([this](const boost::system::error_code& failed, int) {
        if (failed) return;
        parts_.hang_up();
        wait_for_hangups();
    });
}

}  // namespace nearside::proxy
