// Which of a thread's client sockets can be read or written: an epoll set of its own, inside Asio's.
// Asio would make each wait an operation with its own allocation, registration and dispatch; here a socket is
// registered once for its life (edge-triggered), and one Asio wait brings a whole batch. For a cached hit that is a
// quarter of the cost beyond the two system calls that any server needs. Owned by a connection_set; one thread.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>

#include <array>
#include <cstddef>
#include <span>
#include <sys/epoll.h>

namespace nearside::proxy {

class readiness {
public:
    static constexpr std::size_t batch = 128;
    using descriptor = boost::asio::posix::basic_stream_descriptor<boost::asio::io_context::executor_type>;

    // Throws boost::system::system_error when the system has no descriptor for it.
    explicit readiness(boost::asio::io_context& thread);

    // Reports changes of `socket` as events with `target` until it is closed. False when the system refuses.
    bool add(int socket, void* target) noexcept;
    // What has changed since the last call, up to one batch.
    std::span<const epoll_event> collect() noexcept;
    // Readable while there is something to collect.
    descriptor& source() noexcept { return source_; }

private:
    descriptor source_;
    std::array<epoll_event, batch> events_;
};

}  // namespace nearside::proxy
