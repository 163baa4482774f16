#include "proxy/connection_set.h"

#include "tests/support/served.h"

#include <gtest/gtest.h>

namespace nearside::proxy {
namespace {

TEST(connection_set_test, a_connection_that_cannot_be_served_is_not_counted_as_open) {
    testing::functions_handler handler;
    const system_clock time;
    boost::asio::io_context io;
    const auto set = std::make_shared<connection_set>(io, server_options{}, handler, time, 1);
    const auto limit = std::make_shared<connection_limit>(1);
    set->serve(unique_socket(-1), "127.0.0.1", limit->try_acquire());  // no socket: nothing can wait for it
    io.run();
    EXPECT_EQ(set->counters().accepted, set->counters().closed);
    EXPECT_EQ(limit->open(), 0u);
}

}  // namespace
}  // namespace nearside::proxy
