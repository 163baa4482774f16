// Keeps the outcomes of calls for a test to look at.
#pragma once

#include "aggregators/fetch.h"

#include <gtest/gtest.h>

#include <map>
#include <utility>

namespace nearside::proxy {

struct listening_sink final : aggregators::fetch_sink {
    void on_fetched(aggregators::call_id call, result<aggregators::fetch_response> outcome) override {
        EXPECT_TRUE(heard.emplace(call, std::move(outcome)).second) << "heard twice";
    }
    std::map<aggregators::call_id, result<aggregators::fetch_response>> heard;
};

}  // namespace nearside::proxy
