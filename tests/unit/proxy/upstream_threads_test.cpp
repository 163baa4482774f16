// One pool, several io threads: what a process really does. TSan looks on.
#include "proxy/upstream_fetch.h"
#include "tests/support/fake_origin.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <gtest/gtest.h>

#include <future>
#include <list>
#include <thread>

namespace nearside::proxy {
namespace {

using testing::fake_origin;
using testing::fake_peer;

struct io_thread {
    boost::asio::io_context io;
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work{io.get_executor()};
    std::thread thread;
};

// Keeps some calls going on one thread until all were made.
struct caller final : aggregators::fetch_sink, std::enable_shared_from_this<caller> {
    static constexpr std::uint32_t calls = 400;
    static constexpr std::uint32_t at_once = 8;

    void begin() {
        while (started < at_once)
            next();
    }
    void next() { fetcher->start(started++, {.upstream = "incl", .target = "/x", .timeout = {}}, weak_from_this()); }
    void on_fetched(aggregators::call_id, result<aggregators::fetch_response> outcome) override {
        if (outcome && outcome->document.view() == "{}") ++good;
        if (started < calls) next();
        if (++heard == calls) done.set_value();
    }

    std::shared_ptr<upstream_fetcher> fetcher;
    std::uint32_t started = 0, heard = 0, good = 0;
    std::promise<void> done;
};

void share_one_pool(std::string scheme, const testing::test_certificates* certificates) {
    // Each connection answers a few calls and then dies on the next, as at the end of an upstream's keep-alive.
    fake_origin origin(
        [](fake_peer& peer) {
            for (int call = 0; call < 25 && !peer.read_head().empty(); ++call)
                peer.answer("{}");
            peer.read_head();
        },
        certificates);
    auto settings = std::make_shared<config::settings>();
    config::upstream_settings upstream;
    upstream.name = "incl";
    upstream.scheme = std::move(scheme);
    upstream.host = "127.0.0.1";
    upstream.port = origin.port();
    upstream.warm_connections = 2;
    upstream.max_connections = 4;
    upstream.retries = 0;
    if (certificates != nullptr) upstream.tls.ca_file = certificates->authority_file();
    settings->upstreams.push_back(upstream);

    std::list<io_thread> threads(3);
    pool_environment environment{.executors = {}, .sweep_every = milliseconds(1)};
    for (io_thread& each : threads)
        environment.executors.push_back(each.io.get_executor());
    const auto pools = *upstreams::create(settings, environment);
    std::vector<std::shared_ptr<caller>> callers;
    for (io_thread& each : threads) {
        fetch_environment fetching;
        fetching.pools = pools;
        fetching.home = each.io.get_executor();
        callers.push_back(std::make_shared<caller>());
        callers.back()->fetcher = std::make_shared<upstream_fetcher>(std::move(fetching));
        boost::asio::post(each.io, [who = callers.back()] { who->begin(); });
        each.thread = std::thread([&each] { each.io.run(); });
    }
    pools->start();
    const auto due = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    for (const auto& each : callers)
        each->done.get_future().wait_until(due);
    pools->shutdown();
    for (io_thread& each : threads)
        each.work.reset();
    for (io_thread& each : threads)
        each.thread.join();
    for (const auto& each : callers)
        EXPECT_EQ(each->good, caller::calls);
    EXPECT_EQ(pools->find("incl")->counts().open(), 0u);
}

TEST(upstream_threads_test, threads_share_connections_and_no_call_fails_because_one_had_died) {
    share_one_pool("http", nullptr);
}

TEST(upstream_threads_test, the_same_over_tls) {
    const testing::test_certificates certificates("IP:127.0.0.1");
    share_one_pool("https", &certificates);
}

}  // namespace
}  // namespace nearside::proxy
