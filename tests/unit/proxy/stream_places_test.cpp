#include "proxy/stream_places.h"

#include <gtest/gtest.h>

#include <utility>

namespace nearside::proxy {
namespace {

using place_refusal = stream_places::refusal;

TEST(stream_places, are_given_back_when_their_stream_ends) {
    const auto places = std::make_shared<stream_places>();
    {
        const auto first = places->take("a", 1, 1);
        EXPECT_EQ(first.refused, place_refusal::none);
        EXPECT_EQ(places->take("b", 1, 1).refused, place_refusal::all_taken);
        EXPECT_EQ(places->count(), 1u);
    }
    EXPECT_EQ(places->count(), 0u);
    EXPECT_EQ(places->take("b", 1, 1).refused, place_refusal::none);
}

TEST(stream_places, of_one_client_are_no_others) {
    const auto places = std::make_shared<stream_places>();
    const auto first = places->take("a", 10, 1);
    EXPECT_EQ(places->take("a", 10, 1).refused, place_refusal::client_has_too_many);
    EXPECT_EQ(places->take("b", 10, 1).refused, place_refusal::none);
}

TEST(stream_places, move_with_who_holds_them) {
    const auto places = std::make_shared<stream_places>();
    stream_places::place held;
    {
        auto granted = places->take("a", 10, 10);
        held = std::move(granted.taken);
    }
    EXPECT_EQ(places->count(), 1u);
    held = stream_places::place();
    EXPECT_EQ(places->count(), 0u);
}

}  // namespace
}  // namespace nearside::proxy
