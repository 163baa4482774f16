// A fetcher over a pool towards a fake origin.
#pragma once

#include "proxy/upstream_fetch.h"
#include "tests/unit/proxy/listening_sink.h"
#include "tests/unit/proxy/upstream_fixture.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace nearside::proxy {

class upstream_fetch_rig : public upstream_fixture {
protected:
    ~upstream_fetch_rig() override {
        if (pools_) pools_->shutdown();
    }
    std::shared_ptr<upstream_fetcher> open(fetch_environment environment = {}) {
        auto all = std::make_shared<config::settings>();
        all->upstreams.push_back(settings_);
        auto made = upstreams::create(all, {.executors = {io_.get_executor()}, .sweep_every = milliseconds(10)});
        EXPECT_TRUE(made);
        pools_ = std::move(*made);
        pools_->start();
        pool_ = pools_->find("incl");
        environment.pools = pools_;
        environment.home = io_.get_executor();
        environment.via = "nearside";
        fetcher_ = std::make_shared<upstream_fetcher>(std::move(environment));
        return fetcher_;
    }
    const result<aggregators::fetch_response>& wait_for(aggregators::call_id call) {
        run_until(io_, [&] { return sink_->heard.contains(call); });
        return sink_->heard.at(call);
    }
    const result<aggregators::fetch_response>& fetch(std::string target = "/x",
                                                     std::optional<milliseconds> timeout = {}) {
        const aggregators::call_id call = next_++;
        fetcher_->start(call, {.upstream = "incl", .target = std::move(target), .timeout = timeout}, sink_);
        EXPECT_FALSE(sink_->heard.contains(call)) << "heard from inside start()";
        return wait_for(call);
    }
    errc failure(std::optional<milliseconds> timeout = {}) {
        const auto& outcome = fetch("/x", timeout);
        return outcome ? errc::internal : outcome.error().code;
    }

    std::shared_ptr<upstreams> pools_;
    std::shared_ptr<upstream_fetcher> fetcher_;
    std::shared_ptr<listening_sink> sink_ = std::make_shared<listening_sink>();
    aggregators::call_id next_ = 1;
};

}  // namespace nearside::proxy
