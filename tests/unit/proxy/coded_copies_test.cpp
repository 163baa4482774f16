#include "proxy/coded_copies.h"

#include "tests/support/encode.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <gtest/gtest.h>

#include <future>
#include <string>
#include <vector>

namespace nearside::proxy {
namespace {

class coded_copies_test : public ::testing::Test {
protected:
    static header_fields accepting(std::string_view codings) {
        header_fields fields;
        fields.append("Accept-Encoding", codings);
        return fields;
    }

    cache::entry_ptr store(std::string text, std::string_view coding = {}, wall_time born = wall_time(wall_clock_)) {
        header_fields fields;
        fields.append("Content-Type", "application/json");
        fields.append("ETag", "\"v1\"");
        if (!coding.empty()) fields.append("Content-Encoding", coding);
        auto entry = std::make_shared<cache::entry>();
        entry->key = "route:api;uri=/a";
        entry->recodable = is_recodable(200, fields, text.size());
        entry->head = prepared_head(response_head{.status = 200, .version = 11, .fields = fields});
        entry->content = body(std::move(text));
        entry->born = born;
        entry->content_since = wall_time(wall_clock_);
        store_.put(entry);
        return entry;
    }
    void let_workers_work() {
        workers_.restart();
        workers_.run();
    }

    std::string gzipped() const { return testing::encode::gzip(text_); }

    static constexpr std::chrono::microseconds wall_clock_{1'000'000'000};
    const std::string text_ = "{\"rows\":[" + std::string(5'000, '1') + "]}";
    const header_fields no_coding_;  // outlives the coroutines that are asked with it
    boost::asio::io_context workers_, clients_;
    cache::memory_store store_{{}};
    coded_copies copies_{store_, workers_.get_executor(), 1'000'000};
};

TEST_F(coded_copies_test, the_first_who_would_like_a_coding_gets_it_plain_and_the_next_coded) {
    const auto stored = store(text_);
    EXPECT_EQ(copies_.at_hand(accepting("gzip, br"), stored), stored);
    let_workers_work();
    const auto copy = copies_.at_hand(accepting("gzip, br"), stored);
    ASSERT_NE(copy, stored);
    EXPECT_EQ(copy->head.find("content-encoding"), "br");
    EXPECT_EQ(copy->etag(), "\"v1-br\"");
    EXPECT_LT(copy->content.size(), 200u);
}

TEST_F(coded_copies_test, each_coding_is_made_once) {
    const auto stored = store(text_);
    for (int asked = 0; asked < 5; ++asked)
        copies_.at_hand(accepting("gzip"), stored);
    EXPECT_EQ(workers_.run(), 1u);
    copies_.at_hand(accepting("gzip"), stored);
    workers_.restart();
    EXPECT_EQ(workers_.run(), 0u);
}

TEST_F(coded_copies_test, what_becomes_no_smaller_is_not_tried_again) {
    std::string noise = text_.substr(0, 0);
    std::uint32_t state = 1;
    for (int at = 0; at < 3'000; ++at) {
        state = state * 1'664'525 + 1'013'904'223;
        noise += static_cast<char>(state >> 24);
    }
    const auto stored = store(noise);
    EXPECT_EQ(copies_.at_hand(accepting("zstd"), stored), stored);
    let_workers_work();
    EXPECT_EQ(copies_.at_hand(accepting("zstd"), stored), stored);
    workers_.restart();
    EXPECT_EQ(workers_.run(), 0u);
}

TEST_F(coded_copies_test, a_copy_of_other_content_is_not_served) {
    const auto stored = store(text_);
    copies_.at_hand(accepting("gzip"), stored);
    let_workers_work();
    auto other = std::make_shared<cache::entry>();
    other->key = stored->key;
    other->recodable = true;
    other->head = stored->head;
    other->content = body(std::string(5'000, '2'));
    other->content_since = stored->content_since + std::chrono::seconds(1);
    EXPECT_EQ(copies_.at_hand(accepting("gzip"), other), other);
}

TEST_F(coded_copies_test, a_renewed_head_goes_with_the_copy_it_had) {
    const auto stored = store(text_);
    copies_.at_hand(accepting("gzip"), stored);
    let_workers_work();
    const auto renewed = store(text_, {}, stored->born + std::chrono::seconds(60));
    const auto copy = copies_.at_hand(accepting("gzip"), renewed);
    EXPECT_EQ(copy->head.find("content-encoding"), "gzip");
    EXPECT_EQ(copy->born, renewed->born);
    workers_.restart();
    EXPECT_EQ(workers_.run(), 0u);
}

TEST_F(coded_copies_test, who_holds_the_plain_form_is_answered_by_it) {
    const auto stored = store(text_);
    copies_.at_hand(accepting("gzip"), stored);
    let_workers_work();
    header_fields asking = accepting("gzip");
    asking.append("If-None-Match", "\"v1\"");
    EXPECT_EQ(copies_.at_hand(asking, stored), stored);
}

TEST_F(coded_copies_test, small_bodies_and_pictures_stay_as_they_are) {
    const auto small = store("{}");
    EXPECT_EQ(copies_.at_hand(accepting("gzip"), small), small);
    EXPECT_EQ(workers_.run(), 0u);
    header_fields picture;
    picture.append("Content-Type", "image/png");
    EXPECT_FALSE(is_recodable(200, picture, 5'000));
    header_fields kept_as_is;
    kept_as_is.append("Content-Type", "text/html");
    EXPECT_TRUE(is_recodable(200, kept_as_is, std::nullopt));
    kept_as_is.append("Cache-Control", "no-transform");
    EXPECT_FALSE(is_recodable(200, kept_as_is, std::nullopt));
}

TEST_F(coded_copies_test, who_takes_no_coding_gets_what_was_stored_coded_decoded) {
    const auto plain = store(text_);
    copies_.at_hand(accepting("gzip"), plain);
    let_workers_work();
    const auto gzip = copies_.at_hand(accepting("gzip"), plain);
    const auto stored = store(gzip->content.to_string(), "gzip");
    EXPECT_EQ(copies_.at_hand(accepting("gzip"), stored), stored);
    EXPECT_EQ(copies_.at_hand({}, stored), nullptr);
    auto made = boost::asio::co_spawn(workers_, copies_.made_for(no_coding_, stored), boost::asio::use_future);
    let_workers_work();
    const cache::entry_ptr decoded = made.get();
    ASSERT_NE(decoded, nullptr);
    EXPECT_EQ(decoded->content.to_string(), text_);
    EXPECT_FALSE(decoded->head.contains("content-encoding"));
    EXPECT_EQ(copies_.at_hand({}, stored), decoded);
}

TEST_F(coded_copies_test, however_many_take_no_coding_it_is_decoded_once) {
    const auto stored = store(gzipped(), "gzip");
    std::vector<std::future<cache::entry_ptr>> waiting;
    for (int client = 0; client < 5; ++client)
        waiting.push_back(
            boost::asio::co_spawn(clients_, copies_.made_for(no_coding_, stored), boost::asio::use_future));
    clients_.poll();
    EXPECT_EQ(workers_.run(), 1u);
    clients_.run();
    const cache::entry_ptr first = waiting.front().get();
    ASSERT_NE(first, nullptr);
    for (std::size_t client = 1; client < waiting.size(); ++client)
        EXPECT_EQ(waiting[client].get(), first);
}

TEST_F(coded_copies_test, what_cannot_be_decoded_is_not_tried_again) {
    const auto stored = store(gzipped().substr(0, 20), "gzip");
    auto first = boost::asio::co_spawn(clients_, copies_.made_for(no_coding_, stored), boost::asio::use_future);
    clients_.poll();
    let_workers_work();
    clients_.run();
    EXPECT_EQ(first.get(), nullptr);
    clients_.restart();
    auto second = boost::asio::co_spawn(clients_, copies_.made_for(no_coding_, stored), boost::asio::use_future);
    clients_.run();
    EXPECT_EQ(second.get(), nullptr);
    workers_.restart();
    EXPECT_EQ(workers_.run(), 0u);
}

}  // namespace
}  // namespace nearside::proxy
