#include "proxy/admin_entry.h"

#include "config/load.h"
#include "proxy/admin_entries.h"

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace nearside::proxy {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;

constexpr const char* configuration = R"(
upstreams: {api: {url: "http://127.0.0.1:1"}}
routes:
  - path: /api/jobs/*
views:
  board:
    path: /views/projects/{id}/x
    query: {page: 1, status: null}
    steps: {a: {get: "/a/{id}?p={page}&s={status}"}}
)";

struct stored_site {
    std::shared_ptr<const config::settings> settings;
    std::shared_ptr<const site> places;

    stored_site() {
        const auto env = [](std::string_view) { return std::optional<std::string>(); };
        auto loaded = config::load_text("f", configuration, env);
        places = site::build(loaded.value, loaded.complaints);
        EXPECT_TRUE(loaded.complaints.empty());
        settings = std::make_shared<const config::settings>(std::move(loaded.value));
    }
};

std::shared_ptr<cache::entry> entry_of(std::string key, std::vector<std::string> tags = {}) {
    auto made = std::make_shared<cache::entry>();
    made->key = std::move(key);
    response_head head;
    head.fields.append("ETag", "\"e1\"");
    head.fields.append("Content-Type", "application/json");
    made->head = prepared_head(head);
    made->content = body(std::string("12345"));
    made->born = wall_time{} + 1h;
    made->lives = {.fresh = 5s, .stale = 1min, .stale_if_error = 1h};
    auto extras = std::make_unique<cache::entry_extras>();
    extras->tags = std::move(tags);
    made->extras = std::move(extras);
    return made;
}

boost::json::object told_of_entry(const cache::entry& stored, const cache::tag_epochs& epochs, milliseconds age) {
    static const stored_site known;
    std::string out;
    append_entry(out, stored, {known.settings, known.places, &epochs, stored.born + age});
    return boost::json::parse(out).as_object();
}

TEST(read_key, takes_a_key_apart) {
    const told_key key = read_key("view:bo%3Aard;~as=1a2b;id=a%2Fb%3B;page=1;~user=5f3a;~coding=br");
    EXPECT_EQ(key.kind, "view");
    EXPECT_EQ(key.name, "bo:ard");
    EXPECT_EQ(key.find("id"), "a/b;");
    EXPECT_EQ(key.find("~user"), "5f3a");
    EXPECT_EQ(key.find("status"), "");
    for (const std::string_view odd : {"", ";", ":", "x", "view:", "view:a;;=;%zz"})
        static_cast<void>(read_key(odd));
}

TEST(path_of, is_where_clients_ask_for_it) {
    const stored_site known;
    const auto path = [&](std::string_view key) { return path_of(read_key(key), *known.settings); };
    EXPECT_EQ(path("view:board;id=a%2Fb;page=2;~user=x"), "/views/projects/a%2Fb/x?page=2");
    EXPECT_EQ(path("view:board;id=7;status=a%26b"), "/views/projects/7/x?status=a%26b");
    EXPECT_EQ(path("view:gone;id=7"), "");
    EXPECT_EQ(path("route:api;uri=/api/jobs/7%3Fa%3D1;scheme=http"), "/api/jobs/7?a=1");
    EXPECT_EQ(path("step:api;get=/a/7"), "/a/7");
}

TEST(append_entry, tells_windows_tags_and_size_and_never_the_content) {
    const cache::tag_epochs epochs(10);
    const auto stored = entry_of("view:board;id=7;page=1;~user=5f3a", {"job:7"});
    const boost::json::object entry = told_of_entry(*stored, epochs, 2s);
    EXPECT_EQ(entry.at("kind"), "view");
    EXPECT_EQ(entry.at("view"), "board");
    EXPECT_EQ(entry.at("path"), "/views/projects/7/x?page=1");
    EXPECT_EQ(entry.at("for"), "one user");
    EXPECT_EQ(entry.at("state"), "fresh");
    EXPECT_EQ(entry.at("age_ms"), 2'000);
    EXPECT_EQ(entry.at("fresh_ms"), 3'000);
    EXPECT_EQ(entry.at("stale_ms"), 63'000);
    EXPECT_EQ(entry.at("etag"), "\"e1\"");
    EXPECT_EQ(entry.at("coding"), "identity");
    EXPECT_EQ(entry.at("bytes"), 5);
    EXPECT_EQ(boost::json::serialize(entry.at("tags")), "[\"job:7\"]");
    EXPECT_EQ(boost::json::serialize(entry).find("12345"), std::string::npos);
}

TEST(append_entry, names_the_route_that_serves_it) {
    const cache::tag_epochs epochs(10);
    const boost::json::object entry =
        told_of_entry(*entry_of("route:api;uri=/api/jobs/7;scheme=http;host=a"), epochs, 0s);
    EXPECT_EQ(entry.at("route"), "/api/jobs/*");
    EXPECT_EQ(entry.at("upstream"), "api");
    EXPECT_EQ(entry.at("for"), "everyone");
}

TEST(append_entry, says_what_a_request_would_find) {
    const cache::tag_epochs epochs(10);
    const auto stored = entry_of("view:board;id=7");
    EXPECT_EQ(told_of_entry(*stored, epochs, 4'999ms).at("state"), "fresh");
    EXPECT_EQ(told_of_entry(*stored, epochs, 5s).at("state"), "stale");
    EXPECT_EQ(told_of_entry(*stored, epochs, 65s).at("state"), "on_error");
    EXPECT_EQ(told_of_entry(*stored, epochs, 2h).at("state"), "expired");
    stored->always_validate = true;
    EXPECT_EQ(told_of_entry(*stored, epochs, 0s).at("state"), "validate");
}

TEST(append_entry, knows_what_was_invalidated_since_and_leaves_no_trace) {
    cache::tag_epochs epochs(10);
    const auto stored = entry_of("view:board;id=7", {"job:7"});
    stored->stamp = epochs.now();
    EXPECT_FALSE(told_of_entry(*stored, epochs, 0s).contains("invalidated"));
    epochs.invalidate({.tags = {"other"}, .keys = {}, .views = {}, .paths = {}});
    EXPECT_FALSE(told_of_entry(*stored, epochs, 0s).contains("invalidated"));
    EXPECT_EQ(stored->good_until, 0u);
    epochs.invalidate({.tags = {}, .keys = {}, .views = {}, .paths = {"/views/projects/7/*"}});
    EXPECT_EQ(told_of_entry(*stored, epochs, 0s).at("invalidated"), "soft");
    EXPECT_EQ(told_of_entry(*stored, epochs, 0s).at("state"), "stale");
    epochs.invalidate({.tags = {"job:7"}, .keys = {}, .views = {}, .paths = {}, .how = cache::invalidation::hard});
    EXPECT_EQ(told_of_entry(*stored, epochs, 0s).at("state"), "gone");
}

TEST(read_entries_question, refuses_what_it_does_not_know) {
    const auto asked = read_entries_question("match=a%20b*&limit=7&cursor=0-1a-ff");
    ASSERT_TRUE(asked.has_value());
    EXPECT_EQ(asked->match, "a b*");
    EXPECT_EQ(asked->limit, 7u);
    EXPECT_EQ(asked->from.at.place, 0x1au);
    EXPECT_EQ(asked->from.after, 0xffu);
    EXPECT_EQ(read_entries_question("")->limit, 100u);
    for (const std::string_view wrong : {"limit=0", "limit=1001", "limit=x", "limit=", "limit=5&limit=6", "cursor=1",
                                         "cursor=1-2-x", "cursor=-1-2-3", "mach=x", "match=%zz"})
        EXPECT_FALSE(read_entries_question(wrong).has_value()) << wrong;
    EXPECT_FALSE(read_entries_question("match=" + std::string(257, 'a')).has_value());
}

TEST(entries_page, pages_of_any_size_tell_each_entry_once) {
    const cache::tag_epochs epochs(10);
    const stored_site known;
    cache::memory_store store({.bytes = 10'000'000, .max_entry_bytes = 1'000'000, .shards = 3});
    for (int id = 0; id < 500; ++id)
        store.put(entry_of("view:board;id=" + std::to_string(id)));
    for (const std::uint32_t limit : {1u, 7u, 1'000u}) {
        std::multiset<std::string> seen;
        std::string cursor;
        do {
            auto asked =
                read_entries_question("limit=" + std::to_string(limit) + (cursor.empty() ? "" : "&cursor=" + cursor));
            ASSERT_TRUE(asked.has_value());
            entries_page page(store, *asked, {known.settings, known.places, &epochs, wall_time{} + 1h});
            while (page.turn()) {
            }
            const boost::json::object told = boost::json::parse(page.take()).as_object();
            ASSERT_LE(told.at("entries").as_array().size(), limit);
            for (const boost::json::value& each : told.at("entries").as_array())
                seen.insert(std::string(each.as_object().at("key").as_string()));
            cursor = told.contains("cursor") ? std::string(told.at("cursor").as_string()) : "";
        } while (!cursor.empty());
        EXPECT_EQ(seen.size(), 500u);
        EXPECT_EQ(std::set<std::string>(seen.begin(), seen.end()).size(), 500u);
    }
}

TEST(entries_page, tells_those_that_match_alone) {
    const cache::tag_epochs epochs(10);
    const stored_site known;
    cache::memory_store store({.bytes = 10'000'000, .max_entry_bytes = 1'000'000, .shards = 2});
    for (const char* key : {"view:board;id=7", "view:board;id=77", "route:api;uri=/api/jobs/7", "step:api;get=/a"})
        store.put(entry_of(key));
    const auto matching = [&](std::string_view match) {
        entries_page page(store, {.match = std::string(match), .limit = 100, .from = {}},
                          {known.settings, known.places, &epochs, wall_time{} + 1h});
        while (page.turn()) {
        }
        const boost::json::value told = boost::json::parse(page.take());
        std::set<std::string> keys;
        for (const boost::json::value& each : told.as_object().at("entries").as_array())
            keys.insert(std::string(each.as_object().at("key").as_string()));
        return keys;
    };
    EXPECT_THAT(matching("view:"), ElementsAre("view:board;id=7", "view:board;id=77"));
    EXPECT_THAT(matching("/views/projects/7/*"), ElementsAre("view:board;id=7"));
    EXPECT_THAT(matching("/api/**"), ElementsAre("route:api;uri=/api/jobs/7"));
    EXPECT_THAT(matching("nothing"), ElementsAre());
    EXPECT_EQ(matching("").size(), 4u);
}

}  // namespace
}  // namespace nearside::proxy
