// Runs what is posted to an io_context until nothing is left. What a handler throws, for want of memory above all, ends
// that handler alone.
// For a thread's main function.
#pragma once

#include <boost/asio/io_context.hpp>

#include <exception>
#include <functional>
#include <string_view>

namespace nearside::proxy {

// Told what() of each; any thread. May be empty.
using on_thrown = std::function<void(std::string_view)>;

inline void run_context(boost::asio::io_context& context, const on_thrown& tell) {
    for (;;) {
        try {
            context.run();
            return;
        } catch (const std::exception& thrown) {
            if (tell) tell(thrown.what());
        }
    }
}

}  // namespace nearside::proxy
