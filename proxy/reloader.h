// Reads the configuration again while the process runs: a bad one is told and changes nothing, a good one is made into
// a generation, which requests turn to when its new upstreams are connected. One at a time; whoever asks meanwhile is
// told of the next one, since the file may have changed since.
// Owned by run_app; all on the main thread, but for ask().
#pragma once

#include "core/metrics.h"
#include "proxy/admin_actions.h"
#include "proxy/certificates.h"
#include "proxy/configuration.h"
#include "proxy/generations.h"
#include "proxy/process.h"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace nearside::proxy {

class reloader {
public:
    // For what a reload waits for the connections of new upstreams; they may come later.
    static constexpr milliseconds longest_wait{5'000};

    // `use`: another generation is the current one; takes up the certificates, which were read again.
    reloader(std::string file, process& within, generations& all, std::function<void(certificates)> use);

    // From any io thread.
    boost::asio::awaitable<reload_outcome> ask();
    void begin(std::function<void(const reload_outcome&)> done);
    // Whoever waits is told that it comes to nothing.
    void stop();

private:
    boost::asio::awaitable<void> run();
    boost::asio::awaitable<reload_outcome> load();
    boost::asio::awaitable<void> wait_until_ready(std::shared_ptr<generation> next);
    boost::asio::awaitable<void> turn_to(std::shared_ptr<generation> next);
    void tell(const reload_outcome& outcome);

    const std::string file_;
    process& process_;
    generations& all_;
    const std::function<void(certificates)> use_;
    counter& taken_;
    counter& refused_;
    gauge& loaded_;
    std::vector<std::function<void(const reload_outcome&)>> waiting_, being_served_;
    bool under_way_ = false;
    bool stopped_ = false;
    boost::asio::steady_timer pause_;
};

}  // namespace nearside::proxy
