#include "proxy/cli_tell.h"

#include <gtest/gtest.h>

namespace nearside::proxy {
namespace {

TEST(cli_tell, entries_are_a_line_each) {
    EXPECT_EQ(tell_entries(R"({"entries":[{"key":"view:a;id=7","state":"fresh","age_ms":1200,"fresh_ms":3800,)"
                           R"("stale_ms":600000,"bytes":2048,"tags":["job:7","job:8"]},)"
                           R"({"key":"route:api;uri=/a","bytes":0,"tags":[]}]})"),
              "STATE   AGE  FRESH  STALE   SIZE  TAGS         KEY\n"
              "fresh  1.2s   3.8s    10m  2 KiB  job:7,job:8  view:a;id=7\n"
              "-         -      -      -    0 B  -            route:api;uri=/a\n");
}

TEST(cli_tell, one_entry_is_a_line_for_each_thing_known) {
    EXPECT_EQ(tell_entry(R"({"key":"view:a","age_ms":1200,"bytes":2048,"tags":["x","y"],"etag":"\"1\""})"),
              "key                 view:a\n"
              "age                 1.2s\n"
              "bytes               2 KiB\n"
              "tags                x, y\n"
              "etag                \"1\"\n");
}

TEST(cli_tell, an_invalidation_says_where_it_holds) {
    EXPECT_EQ(tell_invalidation(R"({"mode":"soft","tags":["a","b"],"keys":[],"views":["v"],"paths":[],"keys_stored":0,)"
                                R"("nodes":3,"confirmed":2,"trouble":"Redis is not there"})"),
              "MODE  NAMED  KEYS STORED  NODES  CONFIRMED\n"
              "soft      3            0      3          2\n"
              "not everywhere: Redis is not there\n");
}

TEST(cli_tell, what_is_not_what_was_expected_is_told_and_harms_nobody) {
    for (const std::string_view odd : {"", "[]", "{", "{\"entries\":7}", "{\"entries\":[7]}", "null"}) {
        static_cast<void>(tell_entries(odd));
        static_cast<void>(tell_entry(odd));
        static_cast<void>(tell_invalidation(odd));
        EXPECT_EQ(tell_problem(502, odd), "502");
    }
    EXPECT_EQ(tell_problem(403, R"({"title":"forbidden","detail":"a \u001b[31m"})"), "403 forbidden: a ?[31m");
    EXPECT_EQ(tell_problem(422, R"({"complaints":["a.yaml:1:2: x","a.yaml:3:4: y"]})"), "a.yaml:1:2: x\na.yaml:3:4: y");
}

}  // namespace
}  // namespace nearside::proxy
