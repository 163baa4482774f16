#include "proxy/accept.h"

#include <gtest/gtest.h>

#include <string>

namespace nearside::proxy {
namespace {

std::string ranges(std::initializer_list<header_fields::field> fields) {
    header_fields request;
    for (const auto& each : fields)
        request.append(each.name, each.value);
    std::string told;
    for_each_accepted(request, [&told](const accepted_range& each) {
        told.append(each.type).append("=").append(std::to_string(each.weight)).append(" ");
    });
    return told;
}

TEST(accept, tells_each_range_with_its_weight) {
    EXPECT_EQ(ranges({}), "");
    EXPECT_EQ(ranges({{"accept", "text/html, application/json;q=0.5 , */*; q=0.1"}}),
              "text/html=1000 application/json=500 */*=100 ");
    EXPECT_EQ(ranges({{"accept", "a/b;charset=utf-8;q=0.2"}, {"Accept", "c/d;x=\"1,2\""}, {"accept-x", "e/f"}}),
              "a/b=200 c/d=1000 ");
    EXPECT_EQ(ranges({{"accept", "a/b;q=much"}}), "a/b=0 ");
}

}  // namespace
}  // namespace nearside::proxy
