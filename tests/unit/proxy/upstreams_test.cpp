#include "proxy/upstreams.h"

#include "config/load.h"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace nearside::proxy {
namespace {

std::shared_ptr<const config::settings> settings_with_upstreams(const std::string& upstreams) {
    config::load_outcome loaded =
        config::load_text("f", "upstreams: {" + upstreams + "}\nroutes: [{path: /**, upstream: api}]\n",
                          [](std::string_view) { return std::nullopt; });
    EXPECT_TRUE(loaded.complaints.empty()) << loaded.complaints.front().to_string();
    return std::make_shared<const config::settings>(std::move(loaded.value));
}

class two_configurations : public ::testing::Test {
protected:
    std::shared_ptr<upstreams> of(const std::string& text, const upstreams* before = nullptr) {
        return *upstreams::create(settings_with_upstreams(text), {.executors = {io_.get_executor()}}, before);
    }

    boost::asio::io_context io_;
};

TEST_F(two_configurations, share_the_pool_of_an_upstream_that_is_set_up_the_same) {
    const auto before = of("api: {url: http://a}, other: {url: http://o}");
    const auto after =
        of("other: {url: http://o, retries: 0}, api: {url: http://a}, new: {url: http://n}", before.get());
    EXPECT_EQ(after->find("api"), before->find("api"));
    EXPECT_NE(after->find("other"), before->find("other"));
    EXPECT_TRUE(after->find("new"));
    EXPECT_EQ(after->marks()->at("other"), before->marks()->at("other")) << "its answers are the same";
}

TEST_F(two_configurations, keep_a_pool_open_until_the_last_of_them_is_gone) {
    auto before = of("api: {url: http://a, connections: {warm: 0}}, gone: {url: http://g, connections: {warm: 0}}");
    const auto after = of("api: {url: http://a, connections: {warm: 0}}", before.get());
    const auto api = before->find("api");
    const auto gone = before->find("gone");
    for (const auto& each : {api, gone})
        each->start();
    before.reset();
    // Only a pool that is shut down has nothing left to do, and lets its sweeper end.
    io_.run_for(std::chrono::milliseconds(1));
    EXPECT_EQ(gone.use_count(), 1);
    EXPECT_GT(api.use_count(), 2);
    after->shutdown();
    io_.run();
}

TEST_F(two_configurations, are_ready_when_all_warm_connections_have_stood) {
    const auto cold = of("api: {url: http://a, connections: {warm: 0}}");
    EXPECT_FALSE(cold->ready());
    cold->start();
    EXPECT_TRUE(cold->ready());
    cold->shutdown();
    io_.run();
}

}  // namespace
}  // namespace nearside::proxy
