// A fetcher that keeps what it fetches: answers calls from the store where the origin's own word says that the stored
// document is still fresh, validates it else, joins the call of another run where one is under way, and only then
// fetches. docs/http-caching.md tells the rules; step_entry.h decides them.
// One a plan run, over the fetcher that makes its calls; lives on the executor `home`, where start(), cancel() and
// promote() are called and where sinks hear.
#pragma once

#include "aggregators/fetch.h"
#include "proxy/marks.h"
#include "proxy/shared_steps.h"
#include "proxy/step_entry.h"
#include "proxy/step_key.h"
#include "proxy/tier_budget.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace nearside::proxy {

class step_cache final : public aggregators::fetcher, public std::enable_shared_from_this<step_cache> {
public:
    struct run {
        std::shared_ptr<aggregators::fetcher> below;
        // By the upstream's name: what `below` sends of the client's.
        std::map<std::string, header_fields, std::less<>> forwarded;
        boost::asio::any_io_executor home;
        bool background = false;  // nobody waits for the run when it begins
        // How old a copy may be when the run begins, though its origin would let it be older; absent: as the origin
        // says. Zero: whoever caused the run wants all of it read anew (no-cache), so that every copy is validated.
        std::optional<milliseconds> oldest;
        // What was read before its parent is known to hold is not used (aggregators::fetch_request::proven_from).
        bool strict = false;
        // Part of what is stored of each upstream; absent: its name says it all.
        std::shared_ptr<const upstream_marks> marks{};
        tier_budget_ptr tier_time{};  // where there is a second tier
    };

    // `shared` outlives it, and the calls that it makes.
    step_cache(shared_steps& shared, run of);

    void start(aggregators::call_id call, aggregators::fetch_request request,
               std::weak_ptr<aggregators::fetch_sink> sink) override;
    // A call that other runs wait for goes on for them; else it is given up.
    void cancel(aggregators::call_id call) override;
    // Of a run that nobody waits for, nothing is promoted.
    void promote(aggregators::call_id call) override;
    // Somebody waits for the run now, which was launched for nobody.
    void somebody_waits();

    // Something that the run got was read at an upstream before the run began: what is made of it is not for others who
    // insist on a fresh copy (no-cache).
    bool used_older() const noexcept { return used_older_; }
    // How old the oldest copy was, when the run began, of those that were used as they were stored.
    milliseconds oldest_stored() const noexcept { return oldest_stored_; }

    // What is invalidated later than this (cache::tag_epochs) strikes what the run makes: it was there before any part
    // of it was read.
    std::uint64_t stamp() const noexcept { return stamp_; }
    // The URIs that parts of it were read from, as tags: sorted, each once, up to most_uris.
    std::vector<std::string> uri_tags() const { return {uri_tags_.begin(), uri_tags_.end()}; }
    std::size_t uri_tags_left_out() const noexcept { return uri_tags_left_out_; }
    static constexpr std::size_t most_uris = 1'000;

private:
    using outcome = result<aggregators::fetch_response>;

    // A call of the run that has no answer yet.
    struct pending {
        std::uint64_t number = 0;  // tells it from an older one of the same id
        aggregators::fetch_request request;
        std::weak_ptr<aggregators::fetch_sink> sink;
        std::shared_ptr<step_flights::flight> flight;
        std::uint64_t place = 0;  // in the flight
        bool leads = false;
        bool alone = false;
        bool looked = false;  // in the second tier, too
        bool background = false;
        int disappointments = 0;                           // flights that came to nothing
        std::optional<steady_time> due;                    // by its own timeout
        std::unique_ptr<boost::asio::steady_timer> timer;  // for that, while it waits for another run's call
        gauge_share counted;                               // while it does
    };

    void go(aggregators::call_id call, pending& of);
    bool look_in_second(aggregators::call_id call, pending& of, const std::string& key, const cache::entry_ptr& seen);
    void answer(aggregators::call_id call, const pending& of, const cache::entry& stored);
    void launch(aggregators::call_id call, pending& of, step_question question, cache::entry_ptr stored,
                std::string flight_key);
    void wait(aggregators::call_id call, pending& of);
    void watch(aggregators::call_id call, pending& of);
    void expired(aggregators::call_id call, std::uint64_t number);
    void landed(aggregators::call_id call, std::uint64_t number);
    void leave(const pending& gone);
    void deliver(aggregators::call_id call, std::uint64_t number, outcome what);

    const step_principal& who_asks(const std::string& upstream);
    steady_time earliest_for(const aggregators::fetch_request& request) const;
    void note_read(steady_time when) noexcept;
    void note_uri(const std::string& tag);
    void note_stamp(std::uint64_t stamp) noexcept { stamp_ = std::min(stamp_, stamp); }
    step_demand demand_of(const aggregators::fetch_request& request) const;
    outcome joined_answer(const pending& of, const step_outcome& told);

    shared_steps& shared_;
    const run run_;
    const wall_time began_wall_;
    const steady_time began_;
    const steady_time earliest_;  // nothing read before will do, for any call
    std::uint64_t stamp_;
    std::set<std::string> uri_tags_;
    std::size_t uri_tags_left_out_ = 0;
    std::map<std::string, step_principal, std::less<>> principals_;
    std::unordered_map<aggregators::call_id, pending> calls_;
    std::uint64_t last_number_ = 0;
    aggregators::call_id last_below_ = 0;
    bool used_older_ = false;
    milliseconds oldest_stored_{0};
    bool awaited_ = false;  // since it began, or always
};

}  // namespace nearside::proxy
