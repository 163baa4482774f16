// Against a real redis-server, and what may become of it.
#include "cache/redis_store.h"

#include "cache/redis_client_commands.h"
#include "tests/support/manual_clock.h"
#include "tests/support/real_redis.h"
#include "tests/support/stored_entries.h"
#include "tests/unit/cache/redis_rig.h"

#include <boost/asio/thread_pool.hpp>
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace nearside::cache {
namespace {

using testing::expect_same;
using testing::json_list;
using testing::noise;
using testing::plain_entry;
using testing::random_bits;

const std::string stored_key = "route:api;uri=/a";

// Lets a test act between a store's commands.
class watched_commands final : public redis_commands {
public:
    explicit watched_commands(redis_client& client) : inner_(client) {}

    boost::asio::awaitable<result<redis_reply>> run(redis_command command, milliseconds timeout) override {
        return inner_.run(std::move(command), timeout);
    }
    boost::asio::awaitable<std::vector<result<redis_reply>>> run_all(std::vector<redis_command> commands,
                                                                     milliseconds timeout) override {
        if (before_many) std::exchange(before_many, nullptr)();
        return inner_.run_all(std::move(commands), timeout);
    }
    bool available() const noexcept override { return inner_.available(); }

    std::function<void()> before_many;

private:
    redis_client_commands inner_;
};

class redis_store_test : public redis_rig {
protected:
    redis_store_test() {
        auto settings = at(server_.port());
        settings->command_timeout = milliseconds{200};
        connect(std::move(settings));
        commands_ = std::make_shared<watched_commands>(*client_);
        store_ = make_store(io_.get_executor());
    }
    ~redis_store_test() override {
        server_.go_on();
        if (store_) store_->stop();
        if (client_) client_->stop();
        io_.restart();
        io_.run_for(std::chrono::seconds(5));
    }

    std::unique_ptr<redis_store> make_store(boost::asio::any_io_executor workers,
                                            milliseconds write_timeout = milliseconds{200}) {
        redis_store_limits limits;
        limits.entry_bytes = 16 * chunk_bytes;
        limits.erase_pause = milliseconds{20};
        limits.write_timeout = write_timeout;
        limits.chunks_at_once = 2;
        return std::make_unique<redis_store>(redis_store::parts{.redis = commands_,
                                                                .prefix = "test",
                                                                .workers = std::move(workers),
                                                                .time = clock_,
                                                                .random = [this] { return generation_ += 2; },
                                                                .limits = limits,
                                                                .registry = registry_});
    }

    std::shared_ptr<entry> made(std::string content, const std::string& of = stored_key) const {
        auto one = plain_entry(of, std::move(content));
        one->born = one->content_since = clock_.wall_now();
        return one;
    }
    std::shared_ptr<entry> large() { return made(noise(bits_, 3 * chunk_bytes + 5)); }

    void put(entry_ptr one) {
        store_->put(std::move(one));
        settle();
    }
    void settle() {
        testing::run_until(io_, [this] { return store_->idle() && store_->waiting() == 0; });
    }
    tier_result<entry_ptr> find(const std::string& of = stored_key, milliseconds time = ample) {
        return testing::run(io_, store_->find(of, time));
    }
    std::uint64_t wrote(redis_wrote what) { return meters_.wrote(what).value(); }
    std::uint64_t read(tier_miss what) { return meters_.read(what).value(); }
    std::string stored_keys() const { return server_.cli("DBSIZE"); }
    // Of the entry under `key`; the prefix is part of the digest's place only.
    std::string quoted_manifest() const { return '"' + keys_.manifest(stored_key) + '"'; }
    std::string quoted_chunk(std::uint64_t generation, std::uint32_t number) const {
        return '"' + keys_.chunk(stored_key, generation, number) + '"';
    }

    testing::real_redis server_;
    testing::manual_clock clock_;
    metrics registry_;
    redis_meters meters_{registry_};  // the same series as the store's
    redis_keys keys_{"test"};
    random_bits bits_{5};
    std::atomic<std::uint64_t> generation_ = 1;
    std::shared_ptr<watched_commands> commands_;
    std::unique_ptr<redis_store> store_;
};

TEST_F(redis_store_test, what_was_put_is_found_by_another_node) {
    const auto one = made(R"({"id":7})");
    put(one);
    store_ = make_store(io_.get_executor());
    const auto found = find();
    ASSERT_TRUE(found) << to_string(found.error());
    expect_same(**found, *one);
    EXPECT_EQ(wrote(redis_wrote::whole), 1U);
    EXPECT_EQ(read(tier_miss::none), 1U);
    EXPECT_EQ(find("route:api;uri=/b").error(), tier_miss::absent);
}

TEST_F(redis_store_test, large_content_is_found_in_chunks_and_nothing_stays_for_ever) {
    const auto one = large();
    put(one);
    EXPECT_EQ(stored_keys(), "5");
    const auto found = find();
    ASSERT_TRUE(found) << to_string(found.error());
    expect_same(**found, *one);
    EXPECT_GT(std::stoi(server_.cli("PTTL " + quoted_manifest())), 0);
    EXPECT_GT(std::stoi(server_.cli("PTTL " + quoted_chunk(3, 0))), 605'000);
}

TEST_F(redis_store_test, large_json_is_found) {
    const auto one = made(json_list(bits_, 8'000'000));
    put(one);
    const auto found = find();
    ASSERT_TRUE(found) << to_string(found.error());
    expect_same(**found, *one);
}

TEST_F(redis_store_test, a_newer_version_takes_the_place_of_an_older_one_and_of_its_chunks) {
    put(large());
    clock_.advance(std::chrono::seconds(1));
    const auto newer = made(noise(bits_, 2 * chunk_bytes));
    put(newer);
    EXPECT_EQ(stored_keys(), "3");
    expect_same(**find(), *newer);
    clock_.advance(std::chrono::seconds(1));
    put(made("small"));
    EXPECT_EQ(stored_keys(), "1");
}

TEST_F(redis_store_test, an_older_version_does_not_take_the_place_of_a_newer_one) {
    const auto older = large();
    older->stamp = 7;
    clock_.advance(std::chrono::seconds(1));
    const auto newer = made("newer");
    newer->stamp = 8;
    put(newer);
    put(older);
    EXPECT_EQ(wrote(redis_wrote::older), 1U);
    EXPECT_EQ(stored_keys(), "1");
    expect_same(**find(), *newer);
}

TEST_F(redis_store_test, what_was_born_in_the_future_outranks_nothing) {
    const auto of_a_wrong_clock = made("from tomorrow");
    of_a_wrong_clock->born += std::chrono::days(1);
    put(of_a_wrong_clock);
    put(made("now"));
    EXPECT_EQ((*find())->content.to_string(), "now");
}

TEST_F(redis_store_test, what_was_merely_renewed_is_not_sent_again) {
    const auto one = large();
    put(one);
    const std::uint64_t sent = meters_.written_bytes.value();
    clock_.advance(std::chrono::seconds(300));
    const auto renewed = made({});
    renewed->content = one->content;
    renewed->content_since = one->content_since;
    put(renewed);
    EXPECT_EQ(wrote(redis_wrote::head_alone), 1U);
    EXPECT_LT(meters_.written_bytes.value() - sent, 4'000U);
    expect_same(**find(), *renewed);
    EXPECT_EQ(stored_keys(), "5");
    EXPECT_GT(std::stoi(server_.cli("PTTL " + quoted_chunk(3, 3))), 605'000);
}

TEST_F(redis_store_test, what_was_renewed_is_sent_again_where_a_chunk_is_gone) {
    const auto one = large();
    put(one);
    server_.cli("DEL " + quoted_chunk(3, 1));
    EXPECT_EQ(find().error(), tier_miss::chunk_missing);
    const auto renewed = made({});
    renewed->content = one->content;
    renewed->content_since = one->content_since;
    put(renewed);
    EXPECT_EQ(wrote(redis_wrote::whole), 2U);
    expect_same(**find(), *renewed);
    EXPECT_EQ(stored_keys(), "5");
}

TEST_F(redis_store_test, what_was_erased_is_gone_at_once_here_and_then_in_redis) {
    put(large());
    store_->erase(stored_key);
    EXPECT_EQ(find().error(), tier_miss::absent);
    settle();
    EXPECT_EQ(wrote(redis_wrote::erased), 1U);
    EXPECT_EQ(stored_keys(), "0");
}

TEST_F(redis_store_test, what_is_erased_while_it_is_read_is_not_found) {
    put(large());
    commands_->before_many = [this] { store_->erase(stored_key); };
    EXPECT_EQ(find().error(), tier_miss::absent);
    settle();
    EXPECT_EQ(stored_keys(), "0");
}

TEST_F(redis_store_test, an_erasure_is_tried_until_redis_confirms_it) {
    put(made("a"));
    server_.pause();
    store_->erase(stored_key);
    testing::run_until(io_, [this] { return wrote(redis_wrote::failed) > 0; });
    EXPECT_EQ(find().error(), tier_miss::absent);
    server_.go_on();
    settle();
    EXPECT_EQ(stored_keys(), "0");
}

TEST_F(redis_store_test, what_is_put_after_an_erasure_stands) {
    put(made("old"));
    store_->erase(stored_key);
    const auto newer = made("new");
    put(newer);
    expect_same(**find(), *newer);
}

TEST_F(redis_store_test, who_reads_a_version_that_is_just_replaced_gets_the_newer_one) {
    const auto newer = large();
    put(newer);
    server_.cli("RENAME " + quoted_manifest() + " \"{aside}\"");
    put(large());
    commands_->before_many = [this] {
        server_.cli("COPY \"{aside}\" " + quoted_manifest() + " REPLACE");
        server_.cli("DEL " + quoted_chunk(5, 0));
    };
    const auto found = find();
    ASSERT_TRUE(found) << to_string(found.error());
    expect_same(**found, *newer);
    EXPECT_EQ(read(tier_miss::chunk_missing), 0U);
}

TEST_F(redis_store_test, garbage_in_place_of_a_manifest_is_a_miss_and_is_written_over) {
    for (const char* garbage : {"SET %s garbage", "SET %s \"\"", "LPUSH %s a b", "SETRANGE %s 60 x"}) {
        put(made("before"));
        std::string command(garbage);
        const bool other_type = command.starts_with("LPUSH");
        if (other_type) server_.cli("DEL " + quoted_manifest());
        command.replace(command.find("%s"), 2, quoted_manifest());
        server_.cli(command);
        EXPECT_FALSE(find()) << garbage;
        clock_.advance(std::chrono::seconds(1));
        const auto newer = made("after");
        put(newer);
        expect_same(**find(), *newer);
        clock_.advance(std::chrono::seconds(1));
    }
    EXPECT_EQ(read(tier_miss::not_ours), 2U);
    EXPECT_EQ(read(tier_miss::damaged), 1U);
}

TEST_F(redis_store_test, garbage_in_place_of_a_chunk_is_a_miss) {
    put(large());
    server_.cli("SETRANGE " + quoted_chunk(3, 2) + " 77 x1y2z3");
    EXPECT_EQ(find().error(), tier_miss::content_damaged);
    server_.cli("SET " + quoted_chunk(3, 2) + " garbage");
    EXPECT_EQ(find().error(), tier_miss::chunk_damaged);
}

TEST_F(redis_store_test, the_entry_of_another_key_under_this_one_is_a_miss) {
    put(made("b", "route:api;uri=/b"));
    server_.cli("COPY \"" + keys_.manifest("route:api;uri=/b") + "\" " + quoted_manifest());
    EXPECT_EQ(find().error(), tier_miss::other_key);
}

TEST_F(redis_store_test, after_flushall_there_are_misses_and_then_answers_again) {
    const auto one = large();
    put(one);
    server_.cli("FLUSHALL");
    EXPECT_EQ(find().error(), tier_miss::absent);
    put(one);
    expect_same(**find(), *one);
}

TEST_F(redis_store_test, a_full_redis_takes_nothing_and_answers_what_it_has) {
    const auto one = made("stored before");
    put(one);
    server_.cli("CONFIG SET maxmemory-policy noeviction");
    server_.cli("CONFIG SET maxmemory 1");
    const auto other = made(noise(bits_, 2 * chunk_bytes), "route:api;uri=/b");
    put(other);
    put(made("small", "route:api;uri=/c"));
    EXPECT_EQ(wrote(redis_wrote::failed), 2U);
    EXPECT_EQ(stored_keys(), "1");
    expect_same(**find(), *one);
    store_->erase(stored_key);
    settle();
    EXPECT_EQ(stored_keys(), "0");
    server_.cli("CONFIG SET maxmemory 0");
    put(other);
    expect_same(**find(other->key), *other);
}

TEST_F(redis_store_test, without_redis_there_are_misses_and_what_is_put_is_dropped) {
    put(made("a"));
    server_.kill();
    testing::run_until(io_, [this] { return !client_->available(); });
    EXPECT_EQ(find().error(), tier_miss::unavailable);
    put(made("b"));
    EXPECT_EQ(wrote(redis_wrote::dropped), 1U);
    server_.start();
    testing::run_until(io_, [this] { return client_->available(); });
    EXPECT_EQ(find().error(), tier_miss::absent);
    const auto one = made("c");
    put(one);
    expect_same(**find(), *one);
}

TEST_F(redis_store_test, a_redis_that_stands_still_costs_no_more_than_the_time_that_was_given) {
    const auto one = large();
    put(one);
    server_.pause();
    EXPECT_EQ(find(stored_key, milliseconds{20}).error(), tier_miss::timed_out);
    put(made("b"));
    EXPECT_EQ(wrote(redis_wrote::failed), 1U);
    server_.go_on();
    testing::run_until(io_, [this] { return client_->available(); });
    EXPECT_TRUE(find());
}

TEST_F(redis_store_test, redis_stands_still_while_chunks_are_read) {
    put(large());
    commands_->before_many = [this] { server_.pause(); };
    EXPECT_EQ(find(stored_key, milliseconds{50}).error(), tier_miss::timed_out);
}

TEST_F(redis_store_test, workers_that_are_busy_cost_no_more_than_the_time_that_was_given) {
    put(large());
    boost::asio::io_context busy;
    store_ = make_store(busy.get_executor());
    EXPECT_EQ(find(stored_key, milliseconds{20}).error(), tier_miss::timed_out);
    // What was asked for goes on, and is dropped.
    testing::run_until(io_, [&busy] {
        busy.poll();
        return busy.stopped();
    });
    store_.reset();
}

TEST_F(redis_store_test, what_waits_to_be_written_is_found_and_the_newest_alone_is_written) {
    boost::asio::io_context busy;
    store_ = make_store(busy.get_executor());
    store_->put(made("older"));
    const auto newest = made("newest");
    store_->put(newest);
    EXPECT_EQ(find().value(), newest);
    EXPECT_EQ(stored_keys(), "0");
    testing::run_until(io_, [&] {
        busy.poll();
        return store_->idle();
    });
    EXPECT_EQ(wrote(redis_wrote::whole), 1U);
    expect_same(**find(), *newest);
    store_.reset();
}

TEST_F(redis_store_test, what_waits_while_redis_goes_away_gives_way_to_what_is_newer) {
    boost::asio::io_context busy;
    store_ = make_store(busy.get_executor());
    store_->put(made("older"));
    server_.kill();
    testing::run_until(io_, [this] { return !client_->available(); });
    const auto newest = made("newest");
    store_->put(newest);
    EXPECT_EQ(find().value(), newest);
    store_.reset();
}

TEST_F(redis_store_test, what_may_not_be_served_any_more_is_not_written) {
    const auto one = made("a");
    clock_.advance(std::chrono::seconds(605) + validated_in_redis);
    put(one);
    EXPECT_EQ(wrote(redis_wrote::nothing_left), 1U);
    EXPECT_EQ(stored_keys(), "0");
}

TEST_F(redis_store_test, what_is_over_the_limit_is_neither_written_nor_read) {
    put(made(std::string(17 * chunk_bytes, 'a')));
    EXPECT_EQ(wrote(redis_wrote::refused), 1U);
    EXPECT_EQ(stored_keys(), "0");
}

TEST_F(redis_store_test, many_entries_are_written_by_a_few_at_once) {
    std::vector<std::shared_ptr<entry>> all;
    for (int each = 0; each < 300; ++each) {
        all.push_back(made("content " + std::to_string(each), "route:api;uri=/" + std::to_string(each)));
        store_->put(all.back());
    }
    settle();
    EXPECT_EQ(stored_keys(), "300");
    for (const auto& each : all)
        EXPECT_TRUE(find(each->key));
}

TEST_F(redis_store_test, whatever_is_put_and_erased_on_several_threads_the_last_word_on_a_key_holds) {
    boost::asio::thread_pool workers(3);
    store_ = make_store(workers.get_executor(), ample);  // nothing is to be given up, however slow the machine
    std::vector<entry_ptr> last(20);
    for (int round = 0; round < 600; ++round) {
        const std::size_t which = testing::below(bits_, last.size());
        const std::string of = "route:api;uri=/" + std::to_string(which);
        const bool is_large = bits_() % 16 == 0;
        last[which] = bits_() % 4 == 0 ? nullptr : made(noise(bits_, is_large ? most_inline_bytes + 9 : 90), of);
        if (last[which]) {
            store_->put(last[which]);
        } else {
            store_->erase(of);
        }
        if (bits_() % 8 == 0) static_cast<void>(find("route:api;uri=/" + std::to_string(bits_() % last.size())));
    }
    settle();
    EXPECT_EQ(wrote(redis_wrote::failed) + wrote(redis_wrote::dropped), 0U);
    for (std::size_t which = 0; which < last.size(); ++which) {
        const auto found = find("route:api;uri=/" + std::to_string(which));
        ASSERT_EQ(found.has_value(), last[which] != nullptr) << which;
        if (found) expect_same(**found, *last[which]);
    }
    workers.join();
    store_.reset();
}

TEST_F(redis_store_test, recipes_and_schemas_come_back) {
    store_->put_text(stored_text::recipe, "view:a", "recipe/1", "the calls");
    store_->put_text(stored_text::schema, "board", "schema/1", "the types");
    settle();
    const auto look = [this](stored_text what, std::string of, std::string format) {
        return testing::run(io_, store_->find_text(what, std::move(of), std::move(format), ample));
    };
    EXPECT_EQ(look(stored_text::recipe, "view:a", "recipe/1").value(), "the calls");
    EXPECT_EQ(look(stored_text::schema, "board", "schema/1").value(), "the types");
    EXPECT_EQ(look(stored_text::recipe, "view:a", "recipe/2").error(), tier_miss::other_version);
    EXPECT_EQ(look(stored_text::recipe, "view:b", "recipe/1").error(), tier_miss::absent);
    server_.cli("SET \"" + keys_.recipe("view:a") + "\" garbage");
    EXPECT_EQ(look(stored_text::recipe, "view:a", "recipe/1").error(), tier_miss::not_ours);
}

TEST_F(redis_store_test, what_is_not_newer_than_what_is_known_is_not_read) {
    const auto one = large();
    put(one);
    store_ = make_store(io_.get_executor());
    const auto newer_than = [this](wall_time born) {
        return testing::run(io_, store_->find(stored_key, {ample, ample}, born));
    };
    EXPECT_EQ(newer_than(one->born).error(), tier_miss::not_newer);
    EXPECT_EQ(read(tier_miss::not_newer), 1U);
    EXPECT_TRUE(newer_than(one->born - milliseconds{1}));
}

TEST_F(redis_store_test, what_was_found_is_renewed_by_its_head_alone) {
    const auto one = large();
    response_head head;
    head.fields.append("ETag", "\"1\"");
    one->head = prepared_head(head);
    put(one);
    store_ = make_store(io_.get_executor());
    const auto found = find();
    ASSERT_TRUE(found);
    auto renewed = made({});
    renewed->head = (*found)->head;
    renewed->content = (*found)->content;
    renewed->content_since = (*found)->content_since;
    renewed->born = one->born + milliseconds{5};
    put(renewed);
    EXPECT_EQ(wrote(redis_wrote::head_alone), 1U);
    EXPECT_EQ(wrote(redis_wrote::whole), 1U);
    expect_same(**find(), *renewed);
}

TEST_F(redis_store_test, whoever_ends_can_wait_for_what_is_being_written) {
    boost::asio::thread_pool workers(1);
    store_ = make_store(workers.get_executor());
    EXPECT_TRUE(store_->wait_until_written(clock_.steady_now()));
    store_->put(made("a"));
    EXPECT_FALSE(store_->wait_until_written(clock_.steady_now()));
    settle();
    EXPECT_TRUE(store_->wait_until_written(clock_.steady_now()));
    workers.join();
}

}  // namespace
}  // namespace nearside::cache
