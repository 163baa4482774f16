#include "proxy/upload.h"

#include "tests/support/fake_exchange.h"
#include "tests/unit/proxy/upstream_fixture.h"

#include <new>

namespace nearside::proxy {
namespace {

using upload_test = upstream_fixture;

TEST_F(upload_test, one_that_throws_ends_its_call_and_whoever_joins_goes_on) {
    play([](fake_peer& peer) { peer.sees_the_end(); });
    open_pool();
    auto lease = acquire();
    ASSERT_TRUE(lease);
    testing::fake_exchange client(io_.get_executor());
    client.sends_body = true;
    client.body_pieces = {"a piece"};
    const auto lasting = guard();
    upstream_exchange upstream(**lease, lasting, false);
    const auto body = std::make_shared<upload>(io_.get_executor());
    body->start(client, upstream, lasting, settings_.timeout, [](std::string_view) { throw std::bad_alloc(); });
    run_until(io_, [&] { return lasting->stopped(); });
    EXPECT_EQ(lasting->why(errc::cancelled), errc::internal);
    run(io_, body->join());
    EXPECT_FALSE(body->running());
    EXPECT_FALSE(body->complete());
}

}  // namespace
}  // namespace nearside::proxy
