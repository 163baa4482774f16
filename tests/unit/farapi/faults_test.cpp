#include "loadtest/farapi/faults.h"

#include "loadtest/farapi/fault_json.h"

#include <gtest/gtest.h>

namespace nearside::farapi {
namespace {

request_head get(std::string target) {
    return {.method = "GET", .target = std::move(target), .fields = {}};
}

TEST(Faults, MatchSegmentsAndWholeTails) {
    EXPECT_TRUE(glob_matches("/api/jobs/*/metrics/", "/api/jobs/17/metrics/"));
    EXPECT_FALSE(glob_matches("/api/jobs/*/", "/api/jobs/17/metrics/"));
    EXPECT_TRUE(glob_matches("/api/**", "/api/jobs/17/metrics/"));
    EXPECT_TRUE(glob_matches("**", "/"));
    EXPECT_FALSE(glob_matches("/api/users/1/", "/api/users/12/"));
}

TEST(Faults, StrikeTheNthRequestOnce) {
    fault_list faults;
    faults.add(parse_faults(R"({"kind": "drop", "path": "/api/users/*/", "nth": 2})").value()[0]);
    EXPECT_FALSE(faults.strike(get("/api/users/1/")));
    EXPECT_FALSE(faults.strike(get("/api/jobs/")));
    EXPECT_TRUE(faults.strike(get("/api/users/2/")));
    EXPECT_FALSE(faults.strike(get("/api/users/3/")));
}

TEST(Faults, StrikeAlwaysWhenNoCountIsGiven) {
    fault_list faults;
    faults.add(parse_faults(R"({"kind": "status", "status": 503, "query": "page=2"})").value()[0]);
    EXPECT_FALSE(faults.strike(get("/api/jobs/?page=1")));
    for (int time = 0; time < 3; ++time)
        EXPECT_EQ(faults.strike(get("/api/jobs/?page=2"))->status, 503);
    EXPECT_EQ(faults.all()[0].struck, 3u);
}

TEST(Faults, AreRefusedWithWhatWouldBeRight) {
    for (const char* wrong : {R"([{"kind": "drp"}])", R"([{"path": "/"}])", R"([{"kind": "status"}])",
                              R"([{"kind": "drop", "colour": "red"}])", R"([{"kind": "drop", "nth": -1}])", "7", "{"}) {
        EXPECT_FALSE(parse_faults(wrong)) << wrong;
    }
    EXPECT_NE(parse_faults(R"([{"kind": "drp"}])").error().detail.find("garbled"), std::string::npos);
}

}  // namespace
}  // namespace nearside::farapi
