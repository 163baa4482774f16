// One call for a step's document: validates what is stored or fetches anew, stores what may be kept, and lands the
// flight of all who wait for it. It outlives the run that made it while others wait; when nobody does, it is given up.
// Owned by shared_steps while it is under way. On the executor `home` of the run that made it, but for what says
// otherwise.
#pragma once

#include "aggregators/fetch.h"
#include "cache/entry.h"
#include "cache/freshness.h"
#include "proxy/shared_steps.h"
#include "proxy/step_entry.h"

#include <boost/asio/any_io_executor.hpp>

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

namespace nearside::proxy {

class step_call final : public aggregators::fetch_sink, public std::enable_shared_from_this<step_call> {
public:
    // Hashing more than this is left to the workers.
    static constexpr std::size_t hash_here = 256 * 1024;

    struct order {
        std::shared_ptr<aggregators::fetcher> below;
        aggregators::call_id id = 0;  // for `below`
        boost::asio::any_io_executor home;
        aggregators::fetch_request request;
        bool background = false;  // nobody waits for it, or for the run
        step_question question;   // without a key: nothing is kept, and nobody else waits
        cache::entry_ptr stored;  // to be validated; null: none
        std::string flight_key;   // empty: the flight is in no table
        std::shared_ptr<step_flights::flight> flight;
    };

    step_call(shared_steps& shared, order what);

    void start();
    void on_fetched(aggregators::call_id id, result<aggregators::fetch_response> outcome) override;

    // Any thread. Somebody left: when it was the last one, the call ends.
    void deserted_perhaps();
    // Any thread. Somebody waits for it now.
    void promote();

private:
    template <class Work>
    void guarded(Work work);
    void judge(result<aggregators::fetch_response> outcome);
    // What is done with the upstream's answer when its document has been hashed.
    void conclude(aggregators::fetch_response answer, cache::exchange_times times, wall_time content_since);
    void validated(aggregators::fetch_response not_modified, cache::exchange_times times);
    void forget_stored(wall_time requested);
    void keep(cache::entry_ptr made);
    void ask();
    void land(step_outcome outcome);

    shared_steps& shared_;
    order order_;
    std::atomic<bool> background_;
    std::uint64_t stamp_ = 0;
    wall_time requested_{};
    bool asking_ = false;  // `below` has the call
    bool landed_ = false;
};

}  // namespace nearside::proxy
