// bench_session [PORT [SECONDS [BODY_BYTES]]]: the server core alone, one thread, each request answered with a stored
// response of BODY_BYTES. What it costs beside a bare epoll responder is what a session adds to a cached hit.
//   wrk -c64 -t1 -d5 http://127.0.0.1:PORT/
// Ends by itself and prints the CPU time of each request, from its own process times.
#include "core/body.h"
#include "core/clock.h"
#include "proxy/server.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>
#include <sys/resource.h>
#include <utility>

namespace {

struct stored_response {
    nearside::prepared_head head;
    nearside::body content;
};

class fixed_answer final : public nearside::proxy::request_handler {
public:
    explicit fixed_answer(std::size_t size) {
        nearside::response_head head;
        head.fields.append("Content-Type", "application/json");
        head.fields.append("ETag", "\"1c9a8a6b2f6d4c1e\"");
        head.fields.append("Cache-Control", "max-age=5, stale-while-revalidate=600");
        head.fields.append("Vary", "Accept-Encoding, Authorization");
        auto made = std::make_shared<stored_response>();
        made->head = nearside::prepared_head(head);
        made->content = nearside::body(std::string(size, 'x'));
        stored_ = std::move(made);
    }

    bool try_handle(nearside::proxy::exchange& call) override {
        call.extra_fields().append("Age", "3");
        call.extra_fields().append("Cache-Status", "nearside; hit; ttl=2");
        call.respond_stored(stored_, stored_->head.whole(), stored_->content);
        return true;
    }

    boost::asio::awaitable<void> handle(nearside::proxy::exchange&) override { co_return; }

private:
    std::shared_ptr<const stored_response> stored_;
};

double cpu_microseconds() {
    rusage used{};
    getrusage(RUSAGE_SELF, &used);
    const auto of = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_usec);
    };
    return of(used.ru_utime) + of(used.ru_stime);
}

}  // namespace

int main(int count, char** arguments) {
    const auto argument = [&](int index, unsigned long otherwise) {
        return index < count ? std::strtoul(arguments[index], nullptr, 10) : otherwise;
    };
    nearside::proxy::server_options options;
    options.listen = {"127.0.0.1", static_cast<std::uint16_t>(argument(1, 0))};
    const std::chrono::seconds duration(argument(2, 10));
    fixed_answer handler(argument(3, 1024));
    const nearside::system_clock time;

    boost::asio::io_context thread(1);
    nearside::proxy::server server(options, handler, time);
    const auto started = server.start({&thread});
    if (!started.has_value()) {
        std::cerr << started.error().detail << '\n';
        return 1;
    }
    std::cout << "listening on 127.0.0.1:" << server.port() << " for " << duration.count() << " s" << std::endl;
    boost::asio::steady_timer end(thread, duration);
    end.async_wait([&](const boost::system::error_code&) { thread.stop(); });
    const double before = cpu_microseconds();
    thread.run();
    const double used = cpu_microseconds() - before;
    const auto requests = static_cast<double>(server.counters().requests);
    std::cout << "requests " << requests << ", CPU " << used / 1e6 << " s, " << (requests > 0 ? used / requests : 0)
              << " us a request" << std::endl;
    return 0;
}
