#include "aggregators/page_urls.h"

#include <gtest/gtest.h>

namespace nearside::aggregators {
namespace {

const page_origin without_prefix{"http", "api.example", 80, ""};
const page_origin below_v2{"https", "api.example", 8443, "/v2"};

std::string next_of(std::string_view next, std::string_view target = "/jobs/?project=1",
                    const page_origin& upstream = without_prefix) {
    const auto resolved = resolve_next(next, target, upstream);
    return resolved ? *resolved : std::string(to_string(resolved.error().code));
}

TEST(page_urls, absolute_next_of_the_same_upstream) {
    EXPECT_EQ(next_of("http://api.example/jobs/?page=2"), "/jobs/?page=2");
    EXPECT_EQ(next_of("HTTP://API.example:80/jobs/?page=2"), "/jobs/?page=2");
    EXPECT_EQ(next_of("https://api.example:8443/v2/jobs?page=2", "/jobs", below_v2), "/jobs?page=2");
    EXPECT_EQ(next_of("//api.example/jobs/?page=2#top"), "/jobs/?page=2");
    EXPECT_EQ(next_of("http://api.example?page=2"), "/?page=2");
}

TEST(page_urls, relative_next) {
    EXPECT_EQ(next_of("/other?page=2"), "/other?page=2");
    EXPECT_EQ(next_of("?page=2"), "/jobs/?page=2");
    EXPECT_EQ(next_of("more?page=2"), "/jobs/more?page=2");
    EXPECT_EQ(next_of("../tasks/?page=2"), "/tasks/?page=2");
    EXPECT_EQ(next_of("?page=2", "/jobs", below_v2), "/jobs?page=2");
    EXPECT_EQ(next_of("/v2/jobs?page=2", "/jobs", below_v2), "/jobs?page=2");
}

TEST(page_urls, anything_outside_the_upstream_is_refused) {
    for (const char* const next :
         {"https://api.example/jobs/", "http://api.example:81/jobs/", "http://evil.example/jobs/", "//evil.example/",
          "http://api.example.evil/", "http://api.example@evil.example/", "http://user@api.example/jobs/",
          "ftp://api.example/", "javascript:alert(1)", "http:/jobs", "http://", ""})
        EXPECT_EQ(next_of(next), "next_refused") << next;
    for (const char* const next : {"https://api.example:8443/v1/jobs", "/jobs?page=2", "https://api.example:8443/v2",
                                   "/v2/../v1/jobs", "/v2/%2e%2e/v1/jobs", "/v2/x%2f..%2f../jobs", "../../../v1/"})
        EXPECT_EQ(next_of(next, "/jobs", below_v2), "next_refused") << next;
}

TEST(page_urls, a_next_can_never_break_out_of_its_line) {
    EXPECT_EQ(next_of("/jobs/?page=2\r\nX: y"), "next_refused");
    EXPECT_EQ(next_of("/jobs/?q=a b&r=\xC3\xA9"), "/jobs/?q=a%20b&r=%C3%A9");
}

std::string third_of(std::string_view first, std::string_view second, std::uint64_t size) {
    const auto series = find_page_series(first, second, size);
    return series ? series->target_of(2) : "unsure";
}

TEST(page_urls, pages_by_number) {
    EXPECT_EQ(third_of("/jobs/", "/jobs/?page=2", 25), "/jobs/?page=3");
    EXPECT_EQ(third_of("/jobs/?page=1&project=7", "/jobs/?project=7&page=2", 25), "/jobs/?project=7&page=3");
    EXPECT_EQ(third_of("/jobs/?page=4", "/jobs/?page=5&x=1", 25), "unsure");
    EXPECT_EQ(third_of("/jobs/?q=a%20b", "/jobs/?page=2&q=a+b", 25), "/jobs/?page=3&q=a+b");
    EXPECT_EQ(third_of("/jobs/", "/jobs/?page=1", 25), "/jobs/?page=2") << "counted from 0";
    EXPECT_EQ(third_of("/jobs/", "/jobs/?page=2", 2), "/jobs/?page=3") << "not an offset";
    EXPECT_EQ(third_of("/jobs/", "/jobs/?page%5Bnumber%5D=2", 25), "/jobs/?page%5Bnumber%5D=3");
    EXPECT_EQ(third_of("/jobs/", "/jobs/?pg=2", 25), "/jobs/?pg=3");
    EXPECT_EQ(third_of("/jobs/", "/jobs/?pg=2", 2), "unsure");
}

TEST(page_urls, pages_by_offset) {
    EXPECT_EQ(third_of("/jobs/?limit=25", "/jobs/?limit=25&offset=25", 25), "/jobs/?limit=25&offset=50");
    EXPECT_EQ(third_of("/jobs/", "/jobs/?limit=25&offset=25", 25), "/jobs/?limit=25&offset=50");
    EXPECT_EQ(third_of("/jobs/?offset=10&limit=5", "/jobs/?offset=15&limit=5", 5), "/jobs/?offset=20&limit=5");
    EXPECT_EQ(third_of("/jobs/?limit=2", "/jobs/?limit=2&offset=2", 2), "/jobs/?limit=2&offset=4");
    EXPECT_EQ(third_of("/jobs/?limit=1", "/jobs/?limit=1&offset=1", 1), "/jobs/?limit=1&offset=2");
    EXPECT_EQ(third_of("/jobs/", "/jobs/?offset=30", 25), "unsure");
}

TEST(page_urls, cursors_and_everything_doubtful_leave_it_unsure) {
    EXPECT_EQ(third_of("/jobs/", "/jobs/?cursor=cD0yMDIx", 25), "unsure");
    EXPECT_EQ(third_of("/jobs/", "/jobs/?after=25", 25), "unsure") << "may be the id of the last item";
    EXPECT_EQ(third_of("/jobs/", "/jobs/?last_id=2", 25), "unsure");
    EXPECT_EQ(third_of("/jobs/", "/jobs/more/?page=2", 25), "unsure");
    EXPECT_EQ(third_of("/jobs/?project=7", "/jobs/?page=2", 25), "unsure");
    EXPECT_EQ(third_of("/jobs/", "/jobs/?page=2&seed=9", 25), "unsure");
    EXPECT_EQ(third_of("/jobs/", "/jobs/?page=99999999999999999999", 25), "unsure");
    EXPECT_EQ(third_of("/jobs/", "/jobs/", 25), "unsure");
}

TEST(page_urls, how_many_pages_a_count_means) {
    const auto numbered = *find_page_series("/jobs/", "/jobs/?page=2", 25);
    EXPECT_EQ(numbered.pages_of(3425, 25), 137u);
    EXPECT_EQ(numbered.pages_of(3426, 25), 138u);
    EXPECT_EQ(numbered.pages_of(0, 25), 1u);
    EXPECT_EQ(find_page_series("/jobs/?page=3", "/jobs/?page=4", 25)->pages_of(100, 25), 2u);
    EXPECT_EQ(find_page_series("/jobs/?offset=10", "/jobs/?offset=15", 5)->pages_of(21, 5), 3u);
}

}  // namespace
}  // namespace nearside::aggregators
