#include "proxy/descriptor_budget.h"

#include <gtest/gtest.h>

#include <sys/resource.h>

namespace nearside::proxy {
namespace {

config::settings with(std::uint32_t clients, std::initializer_list<std::uint32_t> upstreams) {
    config::settings made;
    made.server.limits.connections = clients;
    for (const std::uint32_t most : upstreams)
        made.upstreams.emplace_back().max_connections = most;
    return made;
}

TEST(descriptor_budget, with_plenty_clients_get_all_that_is_configured) {
    EXPECT_EQ(share_descriptors(1'000'000, with(20'000, {64, 64}), 4).clients, 20'000u);
}

TEST(descriptor_budget, what_upstreams_may_open_is_kept_back_from_clients) {
    const descriptor_budget shared = share_descriptors(4096, with(20'000, {1000, 500}), 4);
    EXPECT_GE(shared.kept_back, 1500u + most_admin_connections);
    EXPECT_EQ(shared.clients, 4096 - shared.kept_back);
}

TEST(descriptor_budget, with_next_to_nothing_each_side_gets_half) {
    const descriptor_budget shared = share_descriptors(256, with(20'000, {64}), 2);
    EXPECT_EQ(shared.clients, 128u);
    EXPECT_EQ(share_descriptors(1, with(10, {64}), 2).clients, 1u);
}

TEST(descriptor_budget, the_soft_limit_is_raised_to_the_hard_one) {
    rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
    const rlimit low{before.rlim_max / 2, before.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &low), 0);
    EXPECT_EQ(raise_descriptor_limit(), before.rlim_max);
    EXPECT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
}

}  // namespace
}  // namespace nearside::proxy
