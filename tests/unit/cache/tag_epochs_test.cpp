#include "cache/tag_epochs.h"

#include "cache/vary.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace nearside::cache {
namespace {

using tags = std::vector<std::string>;

entry_ptr made_at(std::uint64_t stamp, std::vector<std::string> its_tags = {}) {
    auto made = std::make_shared<entry>();
    made->key = "k";
    made->stamp = stamp;
    auto extras = std::make_unique<entry_extras>();
    extras->tags = std::move(its_tags);
    made->extras = std::move(extras);
    return made;
}

invalidation fate(const tag_epochs& epochs, std::uint64_t stamp, tags its_tags, std::string_view uri_tag = {}) {
    return epochs.fate_of(*made_at(stamp, std::move(its_tags)), {.uri_tag = uri_tag});
}

TEST(tag_epochs_test, what_was_fetched_before_is_struck_and_what_comes_after_is_not) {
    tag_epochs epochs(100);
    const std::uint64_t before = epochs.now();
    EXPECT_EQ(fate(epochs, before, tags{"job:1"}, "uri:a"), invalidation::none);
    epochs.invalidate(tags{"job:1"}, invalidation::soft);
    EXPECT_EQ(fate(epochs, before, tags{"job:1"}, "uri:a"), invalidation::soft);
    EXPECT_EQ(fate(epochs, before, tags{"job:2"}, "uri:a"), invalidation::none);
    EXPECT_EQ(fate(epochs, epochs.now(), tags{"job:1"}, "uri:a"), invalidation::none);
}

TEST(tag_epochs_test, a_uri_is_a_tag_that_entries_need_not_hold) {
    tag_epochs epochs(100);
    const std::uint64_t before = epochs.now();
    epochs.invalidate(tags{"uri:a"}, invalidation::hard);
    EXPECT_EQ(fate(epochs, before, tags{}, "uri:a"), invalidation::hard);
    EXPECT_EQ(fate(epochs, before, tags{}, "uri:b"), invalidation::none);
    EXPECT_GT(epochs.last_of("uri:a"), 0u);
    EXPECT_EQ(epochs.last_of("uri:b"), 0u);
}

TEST(tag_epochs_test, hard_outranks_soft_whichever_came_last) {
    tag_epochs epochs(100);
    const std::uint64_t before = epochs.now();
    epochs.invalidate(tags{"t"}, invalidation::hard);
    epochs.invalidate(tags{"t"}, invalidation::soft);
    EXPECT_EQ(fate(epochs, before, tags{"t"}), invalidation::hard);
}

TEST(tag_epochs_test, what_is_forgotten_counts_for_every_tag_and_never_for_none) {
    constexpr std::size_t most = 80;
    tag_epochs epochs(most);
    const std::uint64_t first = epochs.now();
    for (int tag = 0; tag < 1'000; ++tag)
        epochs.invalidate(tags{std::to_string(tag)}, invalidation::soft);
    EXPECT_LE(epochs.size(), most + 8);
    for (int tag = 0; tag < 1'000; ++tag)
        EXPECT_NE(fate(epochs, first, tags{std::to_string(tag)}), invalidation::none);
}

// Against a map that forgets nothing: what it says is struck must be.
TEST(tag_epochs_test, never_forgets_an_invalidation_however_full_it_is) {
    std::mt19937 random(7);
    tag_epochs epochs(64);
    std::map<std::string, std::uint64_t> model;
    std::vector<std::uint64_t> stamps;
    for (int step = 0; step < 5'000; ++step) {
        const std::string tag = std::to_string(random() % 300);
        if (random() % 3 == 0) {
            epochs.invalidate(tags{tag}, invalidation::soft);
            model[tag] = epochs.now();
        }
        stamps.push_back(epochs.now());
        const std::uint64_t stamp = stamps[random() % stamps.size()];
        if (model.contains(tag) && model[tag] > stamp) {
            EXPECT_EQ(fate(epochs, stamp, tags{tag}), invalidation::soft);
        }
    }
}

TEST(tag_epochs_test, a_stamp_is_never_as_late_as_an_invalidation_it_does_not_know_of) {
    tag_epochs epochs(10'000);
    std::vector<std::thread> writers;
    for (int writer = 0; writer < 3; ++writer) {
        writers.emplace_back([&epochs, writer] {
            for (int step = 0; step < 500; ++step) {
                const tags one{std::to_string(writer) + "-" + std::to_string(step)};
                const std::uint64_t before = epochs.now();
                epochs.invalidate(one, invalidation::soft);
                EXPECT_EQ(fate(epochs, before, one), invalidation::soft);
                EXPECT_EQ(fate(epochs, epochs.now(), one), invalidation::none);
            }
        });
    }
    for (std::thread& writer : writers)
        writer.join();
}

TEST(tag_epochs_test, a_tag_invalidated_all_the_time_is_not_what_is_forgotten) {
    tag_epochs epochs(64);
    const std::vector<std::string> busy = {"busy"};
    for (int at = 0; at < 1'000; ++at) {
        epochs.invalidate(std::vector<std::string>{"once" + std::to_string(at)}, invalidation::soft);
        epochs.invalidate(busy, invalidation::hard);
    }
    const std::uint64_t fetched = epochs.now();
    epochs.invalidate(std::vector<std::string>{"one more"}, invalidation::soft);
    EXPECT_EQ(fate(epochs, fetched, busy), invalidation::none);
    // Nor does its last moment, which is recent, count for others: none of them was ever gone.
    for (int at = 0; at < 100; ++at) {
        const std::vector<std::string> other = {"other" + std::to_string(at)};
        EXPECT_NE(fate(epochs, fetched - 1, other), invalidation::hard) << at;
    }
}

TEST(tag_epochs_test, an_entry_is_struck_by_whatever_it_can_be_named_by) {
    const entry_names names{.uri_tag = "uri:a", .view = "board", .path = "/views/projects/a%20b"};
    const invalidation_order orders[] = {
        {.tags = {"job:1"}, .how = invalidation::soft},
        {.keys = {"k"}, .how = invalidation::soft},
        {.views = {"board"}, .how = invalidation::soft},
        {.paths = {"/views/projects/*"}, .how = invalidation::soft},
        {.paths = {"/views/*/a b"}, .how = invalidation::soft},
        {.paths = {"/views/*/a%20b"}, .how = invalidation::soft},
        {.tags = {"uri:a"}, .how = invalidation::soft},
    };
    for (const invalidation_order& order : orders) {
        tag_epochs epochs(100);
        const entry_ptr stored = made_at(epochs.now(), {"job:1"});
        epochs.invalidate(order);
        EXPECT_EQ(epochs.fate_of(*stored, names), invalidation::soft);
        EXPECT_EQ(epochs.fate_of(*made_at(epochs.now(), {"job:1"}), names), invalidation::none);
    }
    const invalidation_order others[] = {
        {.tags = {"k"}, .how = invalidation::hard},
        {.keys = {"job:1"}, .how = invalidation::hard},
        {.views = {"k"}, .how = invalidation::hard},
        {.paths = {"/views/*"}, .how = invalidation::hard},
    };
    for (const invalidation_order& order : others) {
        tag_epochs epochs(100);
        const entry_ptr stored = made_at(epochs.now(), {"job:1"});
        epochs.invalidate(order);
        EXPECT_EQ(epochs.fate_of(*stored, names), invalidation::none);
    }
}

TEST(tag_epochs_test, the_strongest_of_what_struck_an_entry_counts) {
    tag_epochs epochs(100);
    const entry_ptr stored = made_at(epochs.now(), {"a", "b", "c"});
    epochs.invalidate(tags{"a"}, invalidation::changed);
    epochs.invalidate(tags{"b"}, invalidation::soft);
    EXPECT_EQ(epochs.fate_of(*stored, {}), invalidation::changed);
    epochs.invalidate(tags{"c"}, invalidation::hard);
    epochs.invalidate(tags{"c"}, invalidation::soft);
    EXPECT_EQ(epochs.fate_of(*stored, {}), invalidation::hard);
}

TEST(tag_epochs_test, an_entry_found_good_is_struck_by_what_comes_later) {
    tag_epochs epochs(100);
    const entry_ptr stored = made_at(epochs.now(), {"a"});
    epochs.invalidate(tags{"b"}, invalidation::hard);
    EXPECT_EQ(epochs.fate_of(*stored, {}), invalidation::none);
    EXPECT_EQ(stored->good_until, epochs.now());
    epochs.invalidate(tags{"a"}, invalidation::hard);
    EXPECT_EQ(epochs.fate_of(*stored, {}), invalidation::hard);
    EXPECT_EQ(epochs.fate_of(*stored, {}), invalidation::hard);
}

TEST(tag_epochs_test, of_too_many_patterns_the_oldest_count_for_every_path) {
    tag_epochs epochs(100);
    const entry_ptr first = made_at(epochs.now());
    epochs.invalidate({.paths = {"/oldest/*"}, .how = invalidation::soft});
    const entry_ptr second = made_at(epochs.now());
    for (std::size_t at = 0; at < tag_epochs::most_patterns; ++at)
        epochs.invalidate({.paths = {"/" + std::to_string(at) + "/*"}, .how = invalidation::hard});
    EXPECT_EQ(epochs.patterns(), tag_epochs::most_patterns);
    EXPECT_EQ(epochs.fate_of(*first, {.path = "/oldest/1"}), invalidation::soft);
    EXPECT_EQ(epochs.fate_of(*first, {.path = "/else"}), invalidation::soft);
    EXPECT_EQ(epochs.fate_of(*second, {.path = "/else"}), invalidation::none);
}

TEST(tag_epochs_test, paths_without_a_star_strike_what_they_name_however_many_they_are) {
    tag_epochs epochs(100'000);
    const entry_ptr stored = made_at(epochs.now());
    for (std::size_t at = 0; at < 10 * tag_epochs::most_patterns; ++at)
        epochs.invalidate({.paths = {"/products/" + std::to_string(at)}, .how = invalidation::hard});
    EXPECT_EQ(epochs.patterns(), 0u);
    EXPECT_EQ(epochs.fate_of(*stored, {.path = "/views/7"}), invalidation::none);
    EXPECT_EQ(epochs.fate_of(*made_at(stored->stamp), {.path = "/products/0?page=2"}), invalidation::hard);
}

TEST(tag_epochs_test, a_slash_that_was_encoded_parts_no_segments) {
    for (const char* pattern : {"/views/*", "/views/a*", "/views/a%2fb", "/views/a%2F*", "/**"}) {
        tag_epochs epochs(100);
        const entry_ptr stored = made_at(epochs.now());
        epochs.invalidate({.paths = {pattern}, .how = invalidation::hard});
        EXPECT_EQ(epochs.fate_of(*stored, {.path = "/views/a%2Fb"}), invalidation::hard) << pattern;
    }
    for (const char* pattern : {"/views/a/b", "/views/*/b", "/views/a/*"}) {
        tag_epochs epochs(100);
        const entry_ptr stored = made_at(epochs.now());
        epochs.invalidate({.paths = {pattern}, .how = invalidation::hard});
        EXPECT_EQ(epochs.fate_of(*stored, {.path = "/views/a%2Fb"}), invalidation::none) << pattern;
    }
}

TEST(tag_epochs_test, the_key_that_variants_share_names_all_of_them) {
    tag_epochs epochs(100);
    const auto variant = std::make_shared<entry>();
    vary_spec by_language;
    by_language.names = {"accept-language"};
    variant->key = variant_key("route:api;uri=/a", by_language, {});
    variant->stamp = epochs.now();
    epochs.invalidate({.keys = {"route:api;uri=/b"}, .how = invalidation::hard});
    EXPECT_EQ(epochs.fate_of(*variant, {}), invalidation::none);
    epochs.invalidate({.keys = {"route:api;uri=/a"}, .how = invalidation::hard});
    EXPECT_EQ(epochs.fate_of(*variant, {}), invalidation::hard);
}

TEST(tag_epochs_test, a_pattern_said_again_takes_no_further_place) {
    tag_epochs epochs(100);
    for (int times = 0; times < 5; ++times)
        epochs.invalidate({.paths = {"/a/*"}, .how = invalidation::soft});
    EXPECT_EQ(epochs.patterns(), 1u);
}

TEST(tag_epochs_test, a_tag_that_looks_like_the_mark_of_a_key_is_a_tag_all_the_same) {
    tag_epochs epochs(100);
    const std::string disguised = "\x01key:k";
    const std::uint64_t before = epochs.now();
    epochs.invalidate(tags{disguised}, invalidation::hard);
    EXPECT_EQ(fate(epochs, before, {}), invalidation::none);
    EXPECT_EQ(fate(epochs, before, {disguised}), invalidation::hard);
}

TEST(tag_epochs_test, a_path_is_compared_without_its_query_and_decoded) {
    tag_epochs epochs(100);
    const entry_ptr stored = made_at(epochs.now());
    epochs.invalidate(invalidation_order{.paths = {"/views/projects/a b"}, .how = invalidation::soft});
    EXPECT_EQ(epochs.fate_of(*stored, {.path = "/views/projects/a%20b?page=2"}), invalidation::soft);
    EXPECT_EQ(epochs.fate_of(*made_at(stored->stamp), {.path = "/views/projects/a?b"}), invalidation::none);
}

}  // namespace
}  // namespace nearside::cache
