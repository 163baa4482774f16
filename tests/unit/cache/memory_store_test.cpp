#include "cache/memory_store.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <thread>
#include <unordered_map>

namespace nearside::cache {
namespace {

std::shared_ptr<entry> make_entry(std::string key, std::size_t size, std::string_view etag = {}) {
    auto made = std::make_shared<entry>();
    made->key = std::move(key);
    response_head head;
    if (!etag.empty()) head.fields.append("ETag", etag);
    made->head = prepared_head(head);
    made->content = body(std::string(size, 'x'));
    return made;
}

memory_store::limits small_store(std::uint64_t bytes, std::uint32_t shards = 1) {
    return {.bytes = bytes, .max_entry_bytes = bytes, .shards = shards};
}

TEST(memory_store, gives_back_what_was_put_and_nothing_else) {
    memory_store store(small_store(1'000'000));
    const entry_ptr put = make_entry("a", 10);
    EXPECT_TRUE(store.put(put));
    EXPECT_EQ(store.find("a"), put);
    EXPECT_EQ(store.find("b"), nullptr);
    EXPECT_EQ(store.count().entries, 1u);
    EXPECT_EQ(store.count().bytes, store_shard::cost_of(*put));
}

TEST(memory_store, a_second_put_replaces_the_first_and_the_bytes_follow) {
    memory_store store(small_store(1'000'000));
    store.put(make_entry("a", 10'000));
    const entry_ptr second = make_entry("a", 10);
    store.put(second);
    EXPECT_EQ(store.find("a"), second);
    EXPECT_EQ(store.count().entries, 1u);
    EXPECT_EQ(store.count().bytes, store_shard::cost_of(*second));
}

TEST(memory_store, what_has_been_replaced_since_is_not_replaced_again) {
    memory_store store(small_store(1'000'000));
    const entry_ptr first = make_entry("a", 10), second = make_entry("a", 20), third = make_entry("a", 30);
    EXPECT_FALSE(store.replace(first, second)) << "it was never there";
    store.put(first);
    EXPECT_TRUE(store.replace(first, second));
    EXPECT_EQ(store.count().bytes, store_shard::cost_of(*second));
    EXPECT_FALSE(store.replace(first, third));
    EXPECT_EQ(store.find("a"), second);
}

TEST(memory_store, what_is_being_served_outlives_its_eviction) {
    memory_store store(small_store(1'000'000));
    store.put(make_entry("a", 10));
    const entry_ptr served = store.find("a");
    EXPECT_TRUE(store.erase("a"));
    EXPECT_FALSE(store.erase("a"));
    EXPECT_EQ(store.find("a"), nullptr);
    EXPECT_EQ(served->content.to_string(), std::string(10, 'x'));
    EXPECT_EQ(store.count().bytes, 0u);
}

TEST(memory_store, never_holds_more_bytes_than_it_may) {
    memory_store store(small_store(200'000, 4));
    for (int at = 0; at < 2'000; ++at) {
        store.put(make_entry("key" + std::to_string(at), 1'000));
        ASSERT_LE(store.count().bytes, 200'000u);
    }
    EXPECT_GT(store.count().evictions, 1'000u);
    EXPECT_GT(store.count().entries, 100u);
}

TEST(memory_store, an_entry_over_the_limit_is_not_kept_and_outdates_the_older_one) {
    memory_store store({.bytes = 1'000'000, .max_entry_bytes = 5'000, .shards = 2});
    EXPECT_TRUE(store.put(make_entry("a", 1'000)));
    EXPECT_FALSE(store.put(make_entry("a", 10'000)));
    EXPECT_EQ(store.find("a"), nullptr);
    EXPECT_EQ(store.count().bytes, 0u);
}

TEST(memory_store, one_entry_larger_than_a_shards_share_still_fits) {
    memory_store store(small_store(1'000'000, 16));
    EXPECT_TRUE(store.put(make_entry("large", 900'000)));
    EXPECT_NE(store.find("large"), nullptr);
}

TEST(memory_store, a_scan_of_keys_asked_once_does_not_push_out_what_is_in_use) {
    memory_store store(small_store(300'000));
    for (int at = 0; at < 50; ++at) {
        store.put(make_entry("hot" + std::to_string(at), 1'000));
    }
    for (int at = 0; at < 50; ++at)
        store.find("hot" + std::to_string(at));
    for (int at = 0; at < 5'000; ++at)
        store.put(make_entry("scan" + std::to_string(at), 1'000));
    int kept = 0;
    for (int at = 0; at < 50; ++at)
        kept += store.find("hot" + std::to_string(at)) ? 1 : 0;
    EXPECT_EQ(kept, 50);
}

TEST(memory_store, a_look_on_the_caches_own_behalf_is_no_use) {
    memory_store store(small_store(300'000));
    store.put(make_entry("peeked", 1'000));
    store.put(make_entry("found", 1'000));
    for (int at = 0; at < 3; ++at) {
        EXPECT_NE(store.peek("peeked"), nullptr);
        EXPECT_NE(store.find("found"), nullptr);
    }
    for (int at = 0; at < 1'000; ++at)
        store.put(make_entry("scan" + std::to_string(at), 1'000));
    EXPECT_EQ(store.peek("peeked"), nullptr);
    EXPECT_NE(store.peek("found"), nullptr);
}

// Against the plainest model: a map that forgets nothing. The store may forget, but never answers with anything other
// than the last entry put; it never holds more bytes than it may, and its count is the sum of what it holds.
TEST(memory_store, agrees_with_a_map_that_forgets_nothing) {
    std::mt19937 random(7);
    memory_store store(small_store(60'000, 3));
    std::unordered_map<std::string, entry_ptr> model;
    for (int step = 0; step < 20'000; ++step) {
        const std::string key = "k" + std::to_string(random() % 200);
        switch (random() % 4) {
            case 0:
            case 1: {
                const entry_ptr next = make_entry(key, random() % 2'000);
                store.put(next);
                model[key] = next;
                break;
            }
            case 2:
                store.erase(key);
                model.erase(key);
                break;
            default:
                if (const entry_ptr found = store.find(key)) {
                    ASSERT_EQ(found, model[key]);
                }
        }
        ASSERT_LE(store.count().bytes, 60'000u);
    }
    std::uint64_t held = 0, entries = 0;
    store.for_each([&](const entry_ptr& each) {
        EXPECT_EQ(each, model[each->key]);
        held += store_shard::cost_of(*each);
        ++entries;
    });
    EXPECT_EQ(store.count().bytes, held);
    EXPECT_EQ(store.count().entries, entries);
}

TEST(memory_store, with_room_for_everything_forgets_nothing) {
    std::mt19937 random(11);
    memory_store store(small_store(50'000'000, 3));
    std::unordered_map<std::string, entry_ptr> model;
    for (int step = 0; step < 20'000; ++step) {
        const std::string key = "k" + std::to_string(random() % 2'000);
        if (random() % 3 == 0) {
            ASSERT_EQ(store.erase(key), model.erase(key) == 1);
        } else {
            const entry_ptr next = make_entry(key, random() % 2'000);
            ASSERT_TRUE(store.put(next));
            model[key] = next;
        }
        const std::string other = "k" + std::to_string(random() % 2'000);
        const auto at = model.find(other);
        ASSERT_EQ(store.find(other), at == model.end() ? nullptr : at->second);
    }
    EXPECT_EQ(store.count().entries, model.size());
    EXPECT_EQ(store.count().evictions, 0u);
}

TEST(memory_store, putting_the_same_entry_twice_changes_nothing) {
    memory_store store(small_store(1'000'000));
    const entry_ptr put = make_entry("a", 10);
    EXPECT_TRUE(store.put(put));
    EXPECT_TRUE(store.put(put));
    EXPECT_EQ(store.find("a"), put);
    EXPECT_EQ(store.count().entries, 1u);
    EXPECT_EQ(store.count().bytes, store_shard::cost_of(*put));
}

// A store of few entries a shard: which shard they fall into is chance, and must not decide what stays.
TEST(memory_store, what_is_in_use_survives_a_scan_however_the_keys_fall_into_shards) {
    for (std::uint64_t seed = 0; seed < 100; ++seed) {
        memory_store store(small_store(100'000, 16), {}, {seed, ~seed});
        const auto hot = [](int number) { return "hot" + std::to_string(number); };
        for (int number = 0; number < 5; ++number) {
            store.put(make_entry(hot(number), 1'000));
            for (int use = 0; use < 2; ++use)
                store.find(hot(number));
        }
        for (int at = 0; at < 1'000; ++at) {
            store.put(make_entry("scan" + std::to_string(at), 1'000));
            if (at % 20 != 0) continue;
            for (int number = 0; number < 5; ++number)
                ASSERT_NE(store.find(hot(number)), nullptr) << "seed " << seed << ", after " << at;
        }
    }
}

TEST(memory_store, a_store_of_entries_in_use_alone_still_makes_room) {
    memory_store store(small_store(100'000, 4));
    for (int at = 0; at < 300; ++at) {
        const std::string key = "key" + std::to_string(at);
        store.put(make_entry(key, 1'000));
        for (int use = 0; use < 5; ++use)
            store.find(key);
        ASSERT_LE(store.count().bytes, 100'000u);
    }
    EXPECT_NE(store.find("key299"), nullptr);
}

TEST(memory_store, a_key_that_comes_back_after_its_eviction_outlives_the_next_scan) {
    memory_store store(small_store(300'000));
    const auto scan = [&store](const std::string& name) {
        for (int at = 0; at < 1'000; ++at)
            store.put(make_entry(name + std::to_string(at), 1'000));
    };
    for (int at = 0; at < 100; ++at) {
        store.put(make_entry("used" + std::to_string(at), 1'000));
        store.find("used" + std::to_string(at));
    }
    store.put(make_entry("back", 1'000));
    for (int at = 0; store.peek("back"); ++at)
        store.put(make_entry("first" + std::to_string(at), 1'000));
    store.put(make_entry("back", 1'000));
    scan("second");
    EXPECT_NE(store.peek("back"), nullptr);
}

TEST(memory_store, holds_less_when_the_process_takes_more_than_the_limit) {
    std::uint64_t resident = 20'000'000;
    int returned = 0;
    memory_store store({.bytes = 40'000'000, .max_entry_bytes = 1'000'000, .shards = 4},
                       {[&] { return resident; }, [&] { ++returned; }}, {1, 2});
    const auto fill = [&store](int entries) {
        for (int at = 0; at < entries; ++at)
            store.put(make_entry("k" + std::to_string(at), 10'000));
    };
    fill(5'000);
    const std::uint64_t full = store.count().bytes;
    EXPECT_GT(full, 38'000'000u);
    // Others grow with every sample.
    for (int step = 0; step < 200; ++step) {
        resident = std::max<std::uint64_t>(resident, 40'000'000) + 100'000;
        fill(10);
    }
    EXPECT_LT(store.count().bytes, full / 4 * 3);
    EXPECT_GE(store.count().bytes, 9'000'000u);
    EXPECT_GE(returned, 1);
    // And shrink.
    resident = 20'000'000;
    fill(20'000);
    EXPECT_GT(store.count().bytes, 38'000'000u);
}

TEST(memory_store, goes_by_its_own_count_where_the_process_alone_would_fill_the_limit) {
    memory_store store({.bytes = 40'000'000, .max_entry_bytes = 1'000'000, .shards = 4},
                       {[] { return std::uint64_t{21'000'000}; }, [] {}}, {1, 2});
    for (int at = 0; at < 10'000; ++at)
        store.put(make_entry("k" + std::to_string(at), 10'000));
    EXPECT_GT(store.count().bytes, 38'000'000u);
}

TEST(memory_store, many_threads_may_use_it_at_once) {
    memory_store store(small_store(100'000, 4));
    std::vector<std::thread> threads;
    for (unsigned seed = 0; seed < 4; ++seed) {
        threads.emplace_back([&store, seed] {
            std::mt19937 random(seed);
            for (int step = 0; step < 3'000; ++step) {
                const std::string key = "k" + std::to_string(random() % 100);
                if (random() % 3 == 0) {
                    store.put(make_entry(key, random() % 3'000, key));
                } else if (random() % 50 == 0) {
                    store.erase(key);
                } else if (const entry_ptr found = store.find(key)) {
                    EXPECT_EQ(found->etag(), key);
                }
            }
        });
    }
    for (std::thread& each : threads)
        each.join();
    EXPECT_LE(store.count().bytes, 100'000u);
}

TEST(memory_store, a_walk_meets_each_entry_that_stays_once_while_others_come_and_go) {
    memory_store store(small_store(10'000'000, 4));
    for (int at = 0; at < 1'000; ++at)
        store.put(make_entry("stays" + std::to_string(at), 1));
    std::unordered_map<std::string, int> met;
    std::optional<memory_store::walk_position> at = memory_store::walk_position{};
    for (int step = 0; at; ++step) {
        std::vector<entry_ptr> some;
        at = store.walk(*at, 7, some);
        for (const entry_ptr& each : some)
            ++met[each->key];
        store.put(make_entry("comes" + std::to_string(step), 1));
        store.erase("comes" + std::to_string(step / 2));
    }
    for (int each = 0; each < 1'000; ++each)
        EXPECT_EQ(met["stays" + std::to_string(each)], 1) << each;
}

TEST(memory_store, a_walk_from_a_position_that_never_was_ends) {
    const memory_store store(small_store(1'000'000, 2));
    std::vector<entry_ptr> none;
    EXPECT_EQ(store.walk({9, 0}, 10, none), std::nullopt);
    EXPECT_EQ(store.walk({1, std::uint64_t{1} << 40}, 10, none), std::nullopt);
    EXPECT_TRUE(none.empty());
}

}  // namespace
}  // namespace nearside::cache
