#include "proxy/route_tags.h"

#include "route_rig.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace nearside::proxy {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct tagged : ::testing::Test {
    void route_with(std::string_view path, std::string_view keys) { places = site_of(route_file(path, {keys})); }

    std::vector<std::string> stored(std::string_view target,
                                    std::initializer_list<std::pair<std::string_view, std::string_view>> fields = {}) {
        return response_tags(target_of(*places, target), fields_of(fields), &ignored);
    }
    std::vector<std::string> written(std::string_view target, std::string_view request,
                                     std::string_view response = {}) {
        return invalidated_tags(target_of(*places, target), buffer::copy_of(request), buffer::copy_of(response),
                                &ignored);
    }

    std::shared_ptr<const site> places = site_of(route_file("/**", {}));
    std::size_t ignored = 0;
};

TEST_F(tagged, a_stored_response_is_named_by_path_and_query) {
    route_with("/{team}/jobs/*/**", "tags: [jobs, \"job:{team}/{2}\", \"rest:{3}\", \"page:{query.page}\"]");
    EXPECT_THAT(stored("/core/jobs/7/metrics/x?page=1&page=%32"),
                ElementsAre("job:core/7", "jobs", "page:2", "rest:metrics/x"));
    EXPECT_THAT(stored("/caf%C3%A9/jobs/a%2Fb"), ElementsAre("job:caf\xC3\xA9/a/b", "jobs"));
}

TEST_F(tagged, a_tag_without_its_value_is_left_out) {
    route_with("/**", "tags: [\"all:{1}\", \"page:{query.page}\"]");
    EXPECT_THAT(stored("/?page=%zz"), IsEmpty());
    EXPECT_EQ(ignored, 0U);
}

TEST_F(tagged, the_upstream_adds_its_own) {
    route_with("/**", "tags: all");
    EXPECT_THAT(stored("/x", {{"Surrogate-Key", "  job:7   project:1 "},
                              {"surrogate-key", "a,b"},
                              {"Cache-Tag", " x y , job:7,,z"},
                              {"Other", "o"}}),
                ElementsAre("a,b", "all", "job:7", "project:1", "x y", "z"));
}

TEST_F(tagged, keeps_so_many_and_counts_the_rest) {
    route_with("/**", "tags: \"own:{1}\"");
    std::string keys;
    for (int at = 0; at < 200; ++at)
        keys += " k" + std::to_string(at);
    const auto kept = stored("/x", {{"Surrogate-Key", keys}, {"Cache-Tag", "k0, late"}});
    EXPECT_EQ(kept.size(), tag_limits::stored);
    EXPECT_THAT(kept, ::testing::Contains("own:x"));
    EXPECT_EQ(ignored, 200U + 1 - (tag_limits::stored - 1));

    const std::string longest(tag_limits::tag_bytes, 't');
    EXPECT_THAT(stored("/", {{"Surrogate-Key", longest}, {"Cache-Tag", longest + "x"}}), ElementsAre(longest));
    EXPECT_EQ(ignored, 1U);
}

TEST_F(tagged, a_write_names_what_it_changes_by_the_bodies) {
    route_with("/jobs/*",
               "invalidates: [\"job:{1}\", \"owner:{request.owner.id}\", \"project:{response.project}\", "
               "\"{request['a b']}-{response.project}\"]");
    EXPECT_THAT(written("/jobs/7", R"({"owner": {"id": 12}, "a b": true})", R"({"project": "caf\u00e9"})"),
                ElementsAre("job:7", "owner:12", "project:caf\xC3\xA9", "true-caf\xC3\xA9"));
}

TEST_F(tagged, every_selected_value_gives_a_tag_once) {
    route_with("/jobs", "invalidates: [\"job:{request.jobs[*].id}:x\", \"done:{response[?@.done == true].id}\"]");
    EXPECT_THAT(written("/jobs", R"({"jobs": [{"id": 1}, {"id": 2}, {"id": 1}, {"id": null}, {}, {"id": [3]}]})",
                        R"([{"id": "a", "done": true}, {"id": "b", "done": false}])"),
                ElementsAre("done:a", "job:1:x", "job:2:x"));
}

TEST_F(tagged, what_is_null_missing_or_no_value_leaves_only_its_tag_out) {
    route_with("/jobs/*", "invalidates: [\"job:{1}\", \"a:{request.a}\", \"b:{request.b}\", \"c:{response.c}\"]");
    EXPECT_THAT(written("/jobs/7", R"({"a": null, "b": {"c": 1}})", R"({"c": 3})"), ElementsAre("c:3", "job:7"));
    EXPECT_THAT(written("/jobs/7", "", ""), ElementsAre("job:7"));
    EXPECT_THAT(written("/jobs/7", R"({"a": 1)", "a=1&b=2"), ElementsAre("job:7"));
    EXPECT_THAT(written("/jobs/7", "not json", R"({"c": 3})"), ElementsAre("c:3", "job:7"));
    EXPECT_EQ(ignored, 0U);
}

TEST_F(tagged, a_huge_or_deep_body_is_not_read) {
    route_with("/jobs/*", "invalidates: [\"job:{1}\", \"a:{request.a}\"]");
    const std::string padding(tag_limits::body_bytes, ' ');
    EXPECT_THAT(written("/jobs/7", R"({"a": 1})" + padding), ElementsAre("job:7"));
    const std::string open(200, '['), close(200, ']');
    EXPECT_THAT(written("/jobs/7", R"({"a": 1, "b": )" + open + close + "}"), ElementsAre("job:7"));
}

TEST_F(tagged, a_write_of_very_many_counts_what_is_beyond) {
    route_with("/jobs", "invalidates: [\"job:{request[*]}\"]");
    std::string ids = "[0";
    for (int at = 1; at < 3'000; ++at)
        ids += "," + std::to_string(at % 2'000);
    EXPECT_EQ(written("/jobs", ids + "]").size(), tag_limits::invalidated);
    EXPECT_GT(ignored, 0U);
}

}  // namespace
}  // namespace nearside::proxy
