// A client of Redis on the io_context of the test.
#pragma once

#include "cache/redis_client.h"
#include "cache/redis_subscription.h"
#include "tests/support/run_io.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace nearside::cache {

class redis_rig : public ::testing::Test {
protected:
    explicit redis_rig(log_level told = log_level::off) : log_(told, log_format::text) {}

    // As long as a test would ever wait for what must come.
    static constexpr milliseconds ample{15'000};

    ~redis_rig() override {
        if (client_ != nullptr) client_->stop();
        client_.reset();
        io_.restart();
        io_.run_for(std::chrono::seconds(5));
    }

    static std::shared_ptr<config::redis_settings> at(std::uint16_t port) {
        auto made = std::make_shared<config::redis_settings>();
        made->endpoints = {{"127.0.0.1", port}};
        made->where = "redis://127.0.0.1:" + std::to_string(port);
        return made;
    }

    void connect(std::shared_ptr<const config::redis_settings> settings, bool wait = true) {
        auto made = redis_client::create(io_.get_executor(), std::move(settings), log_);
        ASSERT_TRUE(made);
        client_ = std::move(*made);
        if (wait) testing::run_until(io_, [this] { return client_->available(); });
    }

    redis_client::answer ask(redis_command command, milliseconds timeout = ample) {
        return testing::run(io_, client_->run(std::move(command), timeout));
    }
    std::vector<redis_client::answer> ask_all(std::vector<redis_command> commands, milliseconds timeout = ample) {
        return testing::run(io_, client_->run_all(std::move(commands), timeout));
    }
    // What must be answered.
    redis_reply told(redis_command command) {
        auto got = ask(std::move(command));
        EXPECT_TRUE(got) << got.error().detail;
        return got ? std::move(*got) : redis_reply{};
    }
    // The answer's text, or the error's name.
    static std::string text(const redis_client::answer& got) {
        return got ? std::string(got->text()) : std::string(to_string(got.error().code));
    }
    std::string get(const std::string& key, milliseconds timeout = ample) {
        return text(ask(redis_command(key, {"GET", key}), timeout));
    }
    std::string set(const std::string& key, const std::string& value, milliseconds timeout = ample) {
        return text(ask(redis_command(key, {"SET", key, value}), timeout));
    }

    logger log_;
    boost::asio::io_context io_;
    std::unique_ptr<redis_client> client_;
};

}  // namespace nearside::cache
