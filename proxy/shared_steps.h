// What all runs share of their steps: the store that keeps the answers, the calls that are under way, so that runs
// which ask for one thing at a time make one call, and which answers turned out to share nothing.
// Built and owned by main; outlives every run (main waits for the io_contexts to run out of work). Any io thread.
#pragma once

#include "aggregators/fetch.h"
#include "cache/flight_table.h"
#include "cache/memory_store.h"
#include "cache/tag_epochs.h"
#include "cache/uncacheable_keys.h"
#include "core/clock.h"
#include "proxy/step_meters.h"

#include <boost/asio/any_io_executor.hpp>

#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

namespace nearside::proxy {

class second_tier;
class step_call;

// What a call came to, for all who waited; immutable.
struct step_outcome {
    enum class kind {
        answered,  // whoever asked before can have it
        own_way,   // for the run that made the call only
        failed,    // no answer
        deserted,  // the call was given up, since nobody waited for it any more
    };
    kind is = kind::failed;
    result<aggregators::fetch_response> answer = error{};
    wall_time born{};         // nothing in the answer is older
    std::uint64_t stamp = 0;  // of cache::tag_epochs, from before the call
};
using step_result = std::shared_ptr<const step_outcome>;
using step_flights = cache::flight_table<step_result>;

struct shared_steps_environment {
    cache::memory_store* store = nullptr;
    second_tier* second = nullptr;  // may be null
    const cache::tag_epochs* epochs = nullptr;
    const clock* time = nullptr;
    boost::asio::any_io_executor workers;  // large documents are hashed there; empty: where the call ends
    const step_meters* meters = nullptr;
};

class shared_steps {
public:
    explicit shared_steps(shared_steps_environment environment);
    ~shared_steps();
    shared_steps(const shared_steps&) = delete;
    shared_steps& operator=(const shared_steps&) = delete;

    cache::memory_store& store() const noexcept { return *environment_.store; }
    second_tier* second() const noexcept { return environment_.second; }
    const cache::tag_epochs& epochs() const noexcept { return *environment_.epochs; }
    const clock& time() const noexcept { return *environment_.time; }
    const step_meters& meters() const noexcept { return *environment_.meters; }
    const boost::asio::any_io_executor& workers() const noexcept { return environment_.workers; }

    step_flights& flights() noexcept { return flights_; }
    cache::uncacheable_keys& uncacheable() noexcept { return uncacheable_; }

    // A call lives here while it is under way, whatever becomes of the run that made it.
    void add(const step_flights::flight* of, std::shared_ptr<step_call> call);
    void remove(const step_flights::flight* of);
    // Null when it is over.
    std::shared_ptr<step_call> call_of(const step_flights::flight* of) const;

private:
    const shared_steps_environment environment_;
    step_flights flights_;
    cache::uncacheable_keys uncacheable_;
    mutable std::mutex mutex_;
    std::unordered_map<const step_flights::flight*, std::shared_ptr<step_call>> calls_;
};

}  // namespace nearside::proxy
