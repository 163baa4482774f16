// The two listeners from their start to the last connection closed, and the signals that the process hears meanwhile.
// Owned by run_app; the main thread blocks in it. What says so may be called from any thread.
#pragma once

#include "core/log.h"
#include "proxy/admin_actions.h"
#include "proxy/certificates.h"
#include "proxy/process.h"
#include "proxy/server.h"

#include <boost/asio/signal_set.hpp>

#include <atomic>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace nearside::proxy {

// Where a process is on its way to the end. Any thread.
enum class phase { serving, draining, stopping };

class running_servers {
public:
    struct parts {
        server* for_public = nullptr;
        server* for_admin = nullptr;
        std::atomic<phase>* now = nullptr;
        std::function<void()> stopping;               // what goes on by itself is to end
        std::function<milliseconds()> drain_timeout;  // as configured when the stop begins
        std::function<void()> hang_up;                // SIGHUP
    };
    running_servers(process& within, parts of);
    ~running_servers();
    running_servers(const running_servers&) = delete;
    running_servers& operator=(const running_servers&) = delete;

    // False: it can't listen; the log says why.
    bool start(const config::settings& settings);

    // Blocks until a signal asks to stop and the servers have drained, or a second signal hurries. Returns when the
    // process has to be gone: `drain_timeout` after the first signal, or at once after the second.
    steady_time run_until_stopped();
    // The same, asked again afterwards: a second signal may have come meanwhile. Doesn't wait.
    steady_time leave_by();

private:
    bool start_one(server& one, const config::address& listen, std::string_view what,
                   const std::vector<boost::asio::io_context*>& contexts);
    void wait_for_stop();
    void stop(int signal);
    void wait_for_hangups();

    process& process_;
    const parts parts_;
    // Caught from before the log says "listening": whoever waits for that may ask to stop at once.
    boost::asio::signal_set signals_;
    boost::asio::signal_set hangups_;
    steady_time leave_by_{};
};

}  // namespace nearside::proxy
