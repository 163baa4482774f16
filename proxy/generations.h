// The generations of a process: the one that requests begin in, and those before it that still have something under
// way.
// Owned by run_app. The main thread turns from one to the next; any thread may look.
#pragma once

#include "proxy/generation.h"
#include "proxy/generation_front.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

namespace nearside::proxy {

class generations {
public:
    generations(process& within, std::shared_ptr<generation> first);

    // One for each io thread, in their order.
    std::vector<request_handler*> fronts() const;

    std::shared_ptr<generation> current() const;
    // Of all of them.
    std::uint64_t runs() const;
    std::uint64_t calls() const;
    // Those that live.
    std::size_t count() const;

    // Connects the first one, and begins to renew what it has to.
    void start();

    // The next one, with what fits of the current one. On the main thread.
    result<std::shared_ptr<generation>> make(const configuration& of);
    // Requests begin in `next` from now on. `done` is called on the main thread, once they do on every io thread.
    void turn_to(const std::shared_ptr<generation>& next, std::function<void()> done);

    // No connection to an upstream is opened any more, and nothing renewed.
    void stop();
    // The threads have ended: nothing needs any of them.
    void let_go();

private:
    std::vector<std::shared_ptr<generation>> alive() const;

    process& process_;
    std::vector<std::unique_ptr<generation_front>> fronts_;
    mutable std::mutex mutex_;
    std::shared_ptr<generation> current_;
    std::vector<std::weak_ptr<generation>> all_;
};

}  // namespace nearside::proxy
