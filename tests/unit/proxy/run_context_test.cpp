#include "proxy/run_context.h"

#include <boost/asio/post.hpp>
#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <vector>

namespace nearside::proxy {
namespace {

TEST(run_context, what_a_handler_throws_is_told_and_ends_that_handler_alone) {
    boost::asio::io_context context;
    std::vector<std::string> told;
    int after = 0;
    boost::asio::post(context, [] { throw std::runtime_error("first"); });
    boost::asio::post(context, [&] { ++after; });
    boost::asio::post(context, [] { throw std::runtime_error("second"); });
    boost::asio::post(context, [&] { ++after; });
    run_context(context, [&](std::string_view what) { told.emplace_back(what); });
    EXPECT_EQ(told, (std::vector<std::string>{"first", "second"}));
    EXPECT_EQ(after, 2);
}

TEST(run_context, nobody_has_to_listen) {
    boost::asio::io_context context;
    boost::asio::post(context, [] { throw std::runtime_error("unheard"); });
    run_context(context, {});
    EXPECT_TRUE(context.stopped());
}

}  // namespace
}  // namespace nearside::proxy
