// A fetcher over a fetcher, for one run of a view: it launches what the view's last run called before the plan knows
// that it needs it, and hands a call over when the plan asks for it. docs/speculation.md tells what that may claim.
//
// One URL is one record here, with at most one call under way. Every answer is compared with what the last run got of
// the URL, and with earlier answers of this run: that tells since when the upstream is known to answer this. A call
// that was launched before the moment since which what it depends on is known is not proven: it may be older than its
// parent. Proof behind: it is handed over all the same, and the plan runs once more behind the published view
// (begin_repair), where only what is proven counts. Proof before: it is called again at once, together with all that
// depends on what changed.
//
// Made by one refresh, on its executor; ended by end(). Nothing is kept of one refresh in the next but the recipe.
#pragma once

#include "aggregators/fetch.h"
#include "aggregators/plan.h"
#include "aggregators/recipe.h"
#include "core/clock.h"

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace nearside::aggregators {

class speculative_fetcher final : public fetcher,
                                  public fetch_sink,
                                  public std::enable_shared_from_this<speculative_fetcher> {
public:
    enum class proof : std::uint8_t { behind, before };

    struct environment {
        std::shared_ptr<fetcher> below;
        std::shared_ptr<const plan> what;
        const clock* time = nullptr;
        // Does something that much later on the run's executor; never at once, not even with zero.
        std::function<void(milliseconds, std::function<void()>)> later;
        proof unproven = proof::behind;
        // Parents are launched this much ahead of their children, so that they are read first where that is easy.
        milliseconds lead{2};
    };

    struct counts {
        std::uint64_t hits = 0;         // speculated calls that the plan asked for
        std::uint64_t waste = 0;        // those that it didn't, or that could not be used; complete after end()
        std::uint64_t second_wave = 0;  // calls that the plan had to wait for, though there was a recipe
        // Of the recipe's URLs behind the first wave: those that the plan asked for again, whatever came of their
        // calls, and those that it didn't. Complete after end().
        std::uint64_t asked_again = 0, missed = 0;
    };

    // `last`: of the view's last run; without calls where there is none.
    speculative_fetcher(environment with, const recipe& last);

    // Launches the recipe's calls, the lowest wave first, but for the first wave: that the plan asks for anyway.
    void start_recipe();

    void start(call_id call, fetch_request request, std::weak_ptr<fetch_sink> sink) override;
    void cancel(call_id call) override;
    void on_fetched(call_id call, result<fetch_response> outcome) override;

    // Calls of the run that has just ended whose answer may be older than what they depend on.
    std::uint64_t unproven() const;
    // The next run is the same plan's with the same inputs, and takes from this one what is proven. What isn't, is
    // under way again when this returns.
    void begin_repair();

    // Every call of the run brought what the last run got, and it is the recipe's calls, no more and no fewer.
    bool all_as_before() const;
    // What the run that has just ended called.
    recipe learned() const;

    // Gives up what nobody asked for.
    void end();
    const counts& counted() const noexcept { return counts_; }

private:
    // Documents of an ended run are held for its repair up to this.
    static constexpr std::uint64_t most_held_bytes = 64ull * 1024 * 1024;
    // Speculated calls under way at once; the rest follows as they end.
    static constexpr std::size_t most_speculated = 256;
    // Waves behind this one are launched with it.
    static constexpr std::uint32_t last_wave_with_a_lead = 8;

    struct record {
        fetch_request request;  // of the plan, or what the recipe knows of it
        std::uint64_t asked_with = 0;
        bool in_recipe = false;
        std::uint64_t recipe_hash = 0;

        // The call under way, or the last one.
        call_id below = 0;
        bool launched = false;  // in this refresh
        bool flying = false;
        bool speculated = false;  // launched before the plan asked
        bool counted = false;     // as a hit
        bool anew = false;        // it asked the upstream for sure
        bool seen = false;        // an answer came in this refresh
        steady_time launched_at{};
        steady_time
            read_from{};  // nothing of it was read before: when it was launched, or what it was answered with was read
        std::vector<call_id> waiting;  // of the plan's calls

        std::optional<fetch_response> answer;
        // The last document seen, and since when the upstream is known to answer it.
        std::uint64_t hash = 0;
        steady_time since = steady_time::min();

        std::uint32_t asked_in = 0;  // the run that asked for it last; 0: none
        bool came = false;           // and that got an answer
        bool unproven = false;       // and that takes it unproven
        std::uint64_t got = 0;       // the hash of the document that it got; 0: none, or not known
    };

    struct ask {
        record* of = nullptr;
        std::weak_ptr<fetch_sink> sink;
        fetch_request request;
        steady_time at{};
    };

    record& find_or_add(const fetch_request& request, std::uint64_t asked_with);
    bool only_proven() const noexcept { return with_.unproven == proof::before || run_ > 1; }
    bool is_usable(const record& of, const fetch_request& request) const;
    bool is_proven(const record& of, const fetch_request& request) const;
    void launch(record& of, std::optional<milliseconds> timeout, bool speculated);
    void stop(record& of);
    void enqueue_wave(std::uint32_t wave);
    void launch_enqueued();
    void renew_dependents(const record& changed);
    const std::vector<bool>& dependents_of(std::uint32_t step);
    void came_back(record& of, fetch_response response);
    void failed(record& of, result<fetch_response> outcome);
    void call_again_for(record& of);
    void hold(record& of, fetch_response response);
    void let_go(record& of);
    void hand_over(call_id call);
    void tell(call_id call, result<fetch_response> outcome);

    const environment with_;
    std::deque<record> records_;
    std::unordered_map<std::string, record*> by_url_;  // upstream, NUL, target, NUL, the hash of what is sent
    std::unordered_map<call_id, record*> flying_;
    std::unordered_map<call_id, ask> asks_;
    std::vector<record*> of_recipe_;
    std::deque<record*> enqueued_;
    std::unordered_map<std::uint32_t, std::vector<bool>> dependents_;
    counts counts_;
    std::uint64_t held_bytes_ = 0;
    std::uint64_t speculated_ = 0;  // calls launched so
    std::size_t speculating_ = 0;   // of them, under way
    call_id next_ = 0;
    std::uint32_t run_ = 1;
    bool ended_ = false;
};

}  // namespace nearside::aggregators
