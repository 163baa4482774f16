#include "proxy/urgency.h"

#include <gtest/gtest.h>

namespace nearside::proxy {
namespace {

TEST(urgency, hurries_once_somebody_waits) {
    urgency waited_for;
    int hurried = 0;
    waited_for.on_raised([&] { ++hurried; });
    EXPECT_EQ(hurried, 0);
    waited_for.raise();
    waited_for.raise();
    EXPECT_EQ(hurried, 1);
}

TEST(urgency, hurries_at_once_where_somebody_waits_already) {
    urgency waited_for;
    waited_for.raise();
    int hurried = 0;
    waited_for.on_raised([&] { ++hurried; });
    EXPECT_EQ(hurried, 1);
}

}  // namespace
}  // namespace nearside::proxy
