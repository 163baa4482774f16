#include "proxy/warm_plan.h"

#include "proxy/site.h"
#include "proxy/warm_views.h"
#include "proxy/warm_visit.h"
#include "route_rig.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace nearside::proxy {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

constexpr const char* ground =
    "upstreams: {a: {url: http://a, forward: [accept-language]}}\n"
    "views:\n"
    "  v:\n"
    "    path: /v/{id}\n"
    "    query: {page: {type: integer, default: 1, max: 9}, q: null}\n"
    "    headers: {locale: {header: x-locale, default: en}}\n"
    "    steps: {s: {get: /}}\n"
    "    warm:\n";

std::shared_ptr<const view> view_with(const std::string& warm) {
    return site_of(ground + warm)->views().front();
}

std::shared_ptr<const warm_list> list_with(const std::string& keys) {
    const auto of = view_with("      - {each: \"results[*]\", as: x, of: {get: /list}, " + keys + "}\n");
    return of->warm.lists.front();
}

warm_reading read_list(const warm_list& list, const std::string& document) {
    return read_warm_items(list, buffer::copy_of(document), 64).value();
}

TEST(warm_plan, literal_parameters_are_taken_as_they_stand) {
    const auto of = view_with("      - {id: 7}\n      - {id: \"{x}\", page: 2, q: null}\n");
    EXPECT_THAT(of->warm.literal,
                ElementsAre(ElementsAre(Pair("id", "7")), ElementsAre(Pair("id", "{x}"), Pair("page", "2"))));
}

TEST(warm_plan, each_item_of_a_list_makes_a_set_of_parameters) {
    const auto list = list_with("with: {id: \"{x.id}\", page: \"{x.of.page}\", q: all}");
    const warm_reading reading =
        read_list(*list, R"({"results": [{"id": "a\u00e9", "of": {"page": 2}}, {"of": {"page": 3}, "id": 1.50}]})");
    EXPECT_THAT(reading.sets, ElementsAre(ElementsAre(Pair("id", "a\xC3\xA9"), Pair("page", "2"), Pair("q", "all")),
                                          ElementsAre(Pair("id", "1.50"), Pair("page", "3"), Pair("q", "all"))));
    EXPECT_FALSE(reading.cut);
    EXPECT_EQ(reading.skipped, 0U);
}

TEST(warm_plan, items_that_lack_a_parameter_are_skipped_and_a_long_list_is_cut) {
    const auto list = list_with("with: {id: \"{x}\"}, max: 2");
    const warm_reading reading = read_list(*list, R"({"results": [null, 1, {}, [2], true, 3]})");
    EXPECT_THAT(reading.sets, ElementsAre(ElementsAre(Pair("id", "1")), ElementsAre(Pair("id", "true"))));
    EXPECT_EQ(reading.skipped, 3U);
    EXPECT_TRUE(reading.cut);
    EXPECT_FALSE(read_list(*list, R"({"results": [1, 2]})").cut);
}

TEST(warm_plan, what_is_no_list_is_an_error) {
    const auto list = list_with("with: {id: \"{x}\"}");
    for (const char* document : {"{}", R"({"results": null})", R"({"results": 7})", "[1", ""})
        EXPECT_FALSE(read_warm_items(*list, buffer::copy_of(document), 64)) << document;
    EXPECT_THAT(read_list(*list, R"({"results": []})").sets, IsEmpty());
}

TEST(warm_plan, what_a_call_or_a_reference_cannot_be_is_told_where_it_stands) {
    const auto told = [](const std::string& item) {
        std::string all;
        for (const std::string& each : build_site(ground + item).complaints)
            all += each + "\n";
        return all;
    };
    EXPECT_THAT(told("      - {each: \"r[*]\", as: x, of: {get: \"/l/{id}\"}, with: {id: \"{x}\"}}\n"),
                HasSubstr(":9:46: nothing here is called `id`"));
    EXPECT_THAT(told("      - {each: \"r[\", as: x, of: {get: /l}, with: {id: \"{x}\"}}\n"), HasSubstr(":9:19:"));
    EXPECT_THAT(told("      - {each: \"r[*]\", as: x, of: {get: /l}, with: {id: \"{y.id}\"}}\n"),
                HasSubstr(":9:59: nothing here is called `y`; refer to the item, as in `{x.id}`"));
    EXPECT_THAT(told("      - {each: \"r[*]\", as: x, of: {get: /l}, with: {id: \"{x[*]}\"}}\n"),
                HasSubstr("may select many values"));
}

TEST(warm_visit, comes_to_the_key_that_a_client_would_have) {
    const auto of = view_with("      - {id: 7}\n");
    const auto key = [&](const warm_values& values) { return visit_with(of, values).value().question.key; };
    EXPECT_EQ(key({{"id", "7"}}), "view:v;~as=" + of->mark + ";id=7;page=1;locale=en");
    EXPECT_EQ(key({{"id", "7"}, {"page", "007"}}), "view:v;~as=" + of->mark + ";id=7;page=7;locale=en");
    EXPECT_EQ(key({{"id", "7"}, {"q", "a b&page=2"}}).find("page=2"), std::string::npos);
    EXPECT_THAT(key({{"id", "7"}, {"locale", "ko"}}), HasSubstr("locale=ko"));
    EXPECT_NE(key({{"id", "7"}, {"accept-language", "ko"}}), key({{"id", "7"}}));
    const auto visit = visit_with(of, {{"id", "7"}, {"locale", "ko"}, {"accept-language", "nl"}});
    EXPECT_EQ(visit->request.fields.find("x-locale"), "ko");
    EXPECT_EQ(visit->request.fields.find("accept-language"), "nl");
}

TEST(warm_visit, what_no_visit_could_be_is_none) {
    const auto of = view_with("      - {id: 7}\n");
    for (const warm_values& values : std::vector<warm_values>{{},
                                                              {{"id", ""}},
                                                              {{"id", "7"}, {"page", "10"}},
                                                              {{"id", "7"}, {"page", "x"}},
                                                              {{"id", "7"}, {"locale", "a\r\nx: y"}},
                                                              {{"id", "7"}, {"accept-language", std::string(1, '\0')}}})
        EXPECT_FALSE(visit_with(of, values));
}

TEST(warm_views, pauses_after_failures_grow_up_to_the_time_between_two_readings) {
    constexpr milliseconds every{300'000};
    EXPECT_EQ(pause_after(1, every, 1.0), milliseconds(1'000));
    EXPECT_EQ(pause_after(1, every, 0.0), milliseconds(800));
    EXPECT_EQ(pause_after(2, every, 1.0), milliseconds(2'000));
    EXPECT_EQ(pause_after(9, every, 1.0), milliseconds(256'000));
    EXPECT_EQ(pause_after(10, every, 1.0), every);
    EXPECT_EQ(pause_after(4'000'000'000, every, 1.0), every);
    EXPECT_EQ(pause_after(5, milliseconds(200), 1.0), milliseconds(200));
}

}  // namespace
}  // namespace nearside::proxy
