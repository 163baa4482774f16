// A fetcher without a network: it remembers what was asked, and answers when the test says so, in any order. The test
// owns it; one thread.
#pragma once

#include "aggregators/fetch.h"

#include <algorithm>
#include <deque>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nearside::testing {

class fake_fetch final : public aggregators::fetcher {
public:
    struct call {
        aggregators::call_id id = 0;
        aggregators::fetch_request request;
        std::weak_ptr<aggregators::fetch_sink> sink;
        bool open = true;
        bool cancelled = false;
    };

    void start(aggregators::call_id id, aggregators::fetch_request request,
               std::weak_ptr<aggregators::fetch_sink> sink) override {
        calls_.push_back({id, std::move(request), std::move(sink)});
    }

    void cancel(aggregators::call_id id) override {
        for (call& each : calls_) {
            if (each.id != id || !each.open) continue;
            each.open = false;
            each.cancelled = true;
        }
    }

    // Everything ever asked, in order.
    const std::deque<call>& calls() const noexcept { return calls_; }

    // Targets that are waiting for an answer, in the order they were asked.
    std::vector<std::string> open_targets() const {
        std::vector<std::string> targets;
        for (const call& each : calls_) {
            if (each.open) targets.push_back(each.request.target);
        }
        return targets;
    }

    std::size_t cancelled() const {
        return static_cast<std::size_t>(
            std::count_if(calls_.begin(), calls_.end(), [](const call& each) { return each.cancelled; }));
    }

    // Answers the oldest open call for `target`.
    void answer(std::string_view target, result<aggregators::fetch_response> outcome) {
        for (call& each : calls_) {
            if (!each.open || each.request.target != target) continue;
            each.open = false;
            const aggregators::call_id id = each.id;
            if (const auto sink = each.sink.lock()) sink->on_fetched(id, std::move(outcome));
            return;
        }
        throw std::logic_error("no open call for " + std::string(target));
    }
    void answer(std::string_view target, int status, std::string_view document) {
        answer(target, response(status, document));
    }

    static aggregators::fetch_response response(int status, std::string_view document) {
        aggregators::fetch_response made;
        made.status = status;
        made.fields.append("Content-Type", "application/json");
        made.document = buffer::copy_of(document);
        made.wire_bytes = document.size();
        return made;
    }

private:
    std::deque<call> calls_;
};

}  // namespace nearside::testing
