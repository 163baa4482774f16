// What docs/speculation.md claims, checked against a world whose documents change, vanish and are refused at any
// instant: many thousands of schedules, each decided by a seed.
#include "aggregators/speculative_fetcher.h"
#include "tests/unit/aggregators/plan_bench.h"
#include "tests/unit/aggregators/speculation_world.h"

#include <gtest/gtest.h>

#include <charconv>
#include <cstdlib>

namespace nearside::aggregators {
namespace {

using testing::far_fetcher;
using testing::good_steps;
using testing::microseconds;
using testing::timeline;
using testing::world;
using testing::world_state;

constexpr std::string_view shapes[] = {
    R"(    steps:
      a: {get: "/a/{id}"}
      b: {get: "/b/{a.id}"}
      c: {get: "/c/{b.id}"}
      d: {get: "/d/{c.id}"}
)",
    R"(    steps:
      a: {get: "/a/{id}"}
      b: {each: "a.ids[*]", as: x, get: "/b/{x}", optional: true, else: {id: 1, ids: [2]}}
      c: {each: "a.ids[*]", as: x, get: "/c/{b[x].id}", optional: true, parallel: 2}
)",
    R"(    steps:
      a: {get: "/a/{id}"}
      b: {get: "/b/{a.id}", optional: true, else: {id: 1, ids: [1, 2]}}
      c: {each: "b.ids[*]", as: x, get: "/c/{x}", optional: true, else: {id: 2}}
      d: {get: "/d/{a.id}/{b.id}", optional: true}
      e: {get: "/e/{d.id}", optional: true}
)",
    R"(    steps:
      a: {get: "/a/{id}", optional: true, else: {id: 3, ids: [3]}}
      b: {get: "/b/{a.id}", optional: true, else: {id: 3, ids: [3]}}
      c: {get: "/c/{b.id}", optional: true, else: {id: 3, ids: [3]}}
      d: {get: "/d/{c.id}", optional: true}
      other: {get: "/o/{id}"}
      far: {each: "other.ids[*]", as: x, get: "/f/{a.id}/{x}", optional: true}
)"};

std::int64_t number_in(const header_fields& fields, std::string_view name) {
    const auto text = fields.find(name);
    if (!text) return 0;
    std::int64_t value = 0;
    std::from_chars(text->data(), text->data() + text->size(), value);
    return value;
}

// One run of a plan over a fetcher, and all that it was told.
class model_run final : public fetch_sink, public std::enable_shared_from_this<model_run> {
public:
    struct heard {
        std::uint32_t step = 0;
        std::uint64_t state = 0;  // 0: trouble, not a state
        bool usable = false;
        steady_time read{};
        steady_time came{};
    };

    model_run(timeline& time, std::shared_ptr<const plan> what, std::shared_ptr<fetcher> through,
              std::function<void()> done)
        : time_(time),
          plan_(what),
          run_(std::move(what), {{"id", "1"}}),
          through_(std::move(through)),
          done_(std::move(done)) {}

    void start() {
        run_.start(time_.now());
        act();
    }
    void on_fetched(call_id call, result<fetch_response> outcome) override {
        heard told;
        told.step = requests_.at(call).step;
        told.came = time_.now();
        told.read = time_.now();
        if (outcome.has_value()) {
            told.state = static_cast<std::uint64_t>(number_in(outcome->fields, "state"));
            told.usable = outcome->status == 200;
            told.read = steady_time(steady_time::duration(number_in(outcome->fields, "read-at")));
        }
        heard_.push_back(told);
        run_.fetched(call, std::move(outcome), time_.now());
        act();
    }

    const plan_run& machine() const noexcept { return run_; }
    const std::vector<heard>& all_heard() const noexcept { return heard_; }
    bool published() const { return run_.finished() && !run_.failure(); }
    std::string document() const {
        std::vector<step_value> values;
        for (step_index step = 0; step < plan_->steps.size(); ++step)
            values.push_back(run_.value(step));
        auto made = compose(*plan_->out, values, run_.inputs(), {});
        return made ? made->to_string() : "not composed";
    }

private:
    void act() {
        for (auto actions = run_.take_actions(); !actions.empty(); actions = run_.take_actions()) {
            for (plan_action& action : actions) {
                if (action.what == plan_action::kind::start) {
                    requests_.emplace(action.call, action.request);
                    through_->start(action.call, std::move(action.request), weak_from_this());
                } else if (action.what == plan_action::kind::cancel) {
                    through_->cancel(action.call);
                } else {
                    run_.was_read(action.step, read_value(plan_->steps[action.step], action.value, 128), time_.now());
                }
            }
        }
        if (run_.finished() && !std::exchange(told_, true)) time_.after(microseconds{0}, done_);
    }

    timeline& time_;
    std::shared_ptr<const plan> plan_;
    plan_run run_;
    std::shared_ptr<fetcher> through_;
    std::function<void()> done_;
    std::map<call_id, fetch_request> requests_;
    std::vector<heard> heard_;
    bool told_ = false;
};

struct tally {
    std::uint64_t views = 0, unchanged = 0, failures = 0, repairs = 0, repaired = 0, failed_repairs = 0, hits = 0,
                  waste = 0, second_wave = 0, below_refused = 0, proven = 0;
};

// One user and one view: refreshes one after the other, with the recipe of the last.
class model_user {
public:
    model_user(timeline& time, std::shared_ptr<const plan> what, std::string name, std::string other,
               speculative_fetcher::proof proof, tally& counts)
        : time_(time),
          plan_(std::move(what)),
          name_(std::move(name)),
          other_(std::move(other)),
          proof_(proof),
          counts_(counts),
          world_(time, 2 + time.below(4), 20 + time.below(200)),
          most_delay_(200 + time.below(3000)),
          changes_every_(8 * most_delay_.count() / (1 + time.below(64)) + 1),
          keeps_(time.below(2) == 0),
          below_(std::make_shared<far_fetcher>(time, world_, name_, most_delay_, time.below(3) == 0 ? 25 : 0,
                                               keeps_ ? 150 : 0)) {}

    void begin(int refreshes) {
        refreshes_ = refreshes;
        change();
        refresh();
    }
    bool idle() const noexcept { return refreshes_ == 0; }
    const std::string& trouble() const noexcept { return trouble_; }

private:
    void change() {
        if (idle()) return;
        world_.change();
        time_.after(microseconds(1 + time_.below(static_cast<std::uint32_t>(2 * changes_every_))),
                    [this] { change(); });
    }

    void refresh() {
        began_ = time_.now();
        speculative_fetcher::environment with;
        with.below = below_;
        with.what = plan_;
        with.time = &time_.clock();
        with.later = [this](milliseconds delay, std::function<void()> what) { time_.after(delay, std::move(what)); };
        with.unproven = proof_;
        with.lead = milliseconds(time_.below(2));
        const auto text = to_text(recipe_);
        const auto known = text ? parse_recipe(*text) : std::optional(recipe{});
        if (!known) return complain("a recipe that can't be read again");
        fetcher_ = std::make_shared<speculative_fetcher>(std::move(with), *known);
        run_ = std::make_shared<model_run>(time_, plan_, fetcher_, [this] { made(); });
        fetcher_->start_recipe();
        run_->start();
    }

    void made() {
        if (!run_->published()) {
            ++counts_.failures;
            return end();
        }
        ++counts_.views;
        check_isolated();
        check_read_in_time();
        const std::string document = run_->document();
        if (fetcher_->all_as_before()) {
            ++counts_.unchanged;
            if (document != document_) complain("said to be unchanged:\n" + document_ + "\n" + document);
        }
        document_ = document;
        recipe_ = fetcher_->learned();
        const std::uint64_t unproven = fetcher_->unproven();
        if (unproven == 0) {
            check_sequential();
            return end();
        }
        if (proof_ == speculative_fetcher::proof::before) complain("strict, and not proven");
        ++counts_.repairs;
        fetcher_->begin_repair();
        run_ = std::make_shared<model_run>(time_, plan_, fetcher_, [this] { repaired(); });
        run_->start();
    }

    void repaired() {
        if (!run_->published()) {
            ++counts_.failed_repairs;
            return end();
        }
        check_isolated();
        check_read_in_time();
        check_sequential();
        const std::string document = run_->document();
        if (document != document_) ++counts_.repaired;
        document_ = document;
        recipe_ = fetcher_->learned();
        end();
    }

    void end() {
        fetcher_->end();
        counts_.hits += fetcher_->counted().hits;
        counts_.waste += fetcher_->counted().waste;
        counts_.second_wave += fetcher_->counted().second_wave;
        if (below_->open() != 0) complain("calls are under way after the end");
        fetcher_.reset();
        run_.reset();
        if (--refreshes_ == 0 || !trouble_.empty()) return void(refreshes_ = 0);
        time_.after(microseconds(time_.below(2'000)), [this] { refresh(); });
    }

    // Nothing in a view is another user's.
    void check_isolated() {
        if (run_->document().find("\"" + other_ + "\"") != std::string::npos) complain("another's document");
    }

    // Every part was read after the refresh began; and below a refusal or a failure, after that was heard.
    void check_read_in_time() {
        std::vector<steady_time> failed(plan_->steps.size(), steady_time::min());
        for (const step_index at : plan_->order) {
            for (const step_index needed : plan_->steps[at].needs)
                failed[at] = std::max(failed[at], failed[needed]);
            const steady_time from = failed[at];
            for (const model_run::heard& each : run_->all_heard()) {
                if (each.step != at) continue;
                if (each.read < began_ && !keeps_) complain("read before the refresh began");
                if (from != steady_time::min()) ++counts_.below_refused;
                if (each.read < from) complain("read before what it depends on was refused");
                if (!each.usable) failed[at] = std::max(failed[at], each.came);
            }
        }
    }

    // There are moments, none before one of what it depends on, at which a sequential run would have got all this.
    void check_sequential() {
        // Of an answer that the origin let be used for longer, nothing is claimed but that.
        for (const model_run::heard& each : run_->all_heard()) {
            if (each.read < began_) return;
        }
        ++counts_.proven;
        std::vector<steady_time> settled(plan_->steps.size(), began_);
        for (const step_index at : plan_->order) {
            steady_time from = began_;
            for (const step_index needed : plan_->steps[at].needs)
                from = std::max(from, settled[needed]);
            settled[at] = from;
            for (const model_run::heard& each : run_->all_heard()) {
                if (each.step != at) continue;
                steady_time seen = std::max(from, each.read);
                if (each.state != 0) {
                    const world_state& state = world_.state(each.state);
                    seen = std::max(from, state.from);
                    if (seen > state.until || seen > time_.now())
                        return complain("no sequential run could have seen step " + plan_->steps[at].name);
                }
                settled[at] = std::max(settled[at], seen);
            }
        }
    }

    void complain(const std::string& what) {
        if (trouble_.empty()) trouble_ = what;
    }

    timeline& time_;
    std::shared_ptr<const plan> plan_;
    const std::string name_, other_;
    const speculative_fetcher::proof proof_;
    tally& counts_;
    world world_;
    const microseconds most_delay_;
    const std::int64_t changes_every_;  // microseconds, on average
    const bool keeps_;
    std::shared_ptr<far_fetcher> below_;
    std::shared_ptr<speculative_fetcher> fetcher_;
    std::shared_ptr<model_run> run_;
    recipe recipe_;
    std::string document_;
    std::string trouble_;
    steady_time began_{};
    int refreshes_ = 0;
};

// More with NEARSIDE_MODEL_SCHEDULES in the environment.
std::uint64_t schedules() {
    const char* given = std::getenv("NEARSIDE_MODEL_SCHEDULES");
    return given != nullptr ? std::strtoull(given, nullptr, 10) : 3'000;
}

tally run_schedules(speculative_fetcher::proof proof) {
    constexpr int refreshes = 5;
    std::vector<std::shared_ptr<const plan>> plans;
    for (const std::string_view each : shapes)
        plans.push_back(good_steps(each));
    tally counts;
    for (std::uint64_t seed = 1; seed <= schedules(); ++seed) {
        timeline time(seed);
        model_user one(time, plans[seed % std::size(shapes)], "one", "two", proof, counts);
        model_user two(time, plans[time.below(std::size(shapes))], "two", "one", proof, counts);
        one.begin(refreshes);
        two.begin(refreshes);
        while (time.step()) {
        }
        EXPECT_TRUE(one.idle() && two.idle()) << "seed " << seed << ": a run never ended";
        EXPECT_EQ(one.trouble() + two.trouble(), "") << "seed " << seed;
        if (::testing::Test::HasFailure()) break;
    }
    return counts;
}

std::string told(const tally& of) {
    return "views " + std::to_string(of.views) + ", unchanged " + std::to_string(of.unchanged) + ", failures " +
           std::to_string(of.failures) + ", repairs " + std::to_string(of.repairs) + " (" +
           std::to_string(of.repaired) + " differed, " + std::to_string(of.failed_repairs) + " failed), hits " +
           std::to_string(of.hits) + ", waste " + std::to_string(of.waste) + ", second wave " +
           std::to_string(of.second_wave) + ", below a refusal " + std::to_string(of.below_refused) + ", proven " +
           std::to_string(of.proven);
}

TEST(speculation_model, proof_behind_publishes_what_was_read_in_time_and_repairs_it_to_what_could_have_been_seen) {
    const tally counts = run_schedules(speculative_fetcher::proof::behind);
    const std::uint64_t least = schedules() / 30;
    EXPECT_GT(counts.views, least) << told(counts);
    EXPECT_GT(counts.unchanged, least) << told(counts);
    EXPECT_GT(counts.failures, least) << told(counts);
    EXPECT_GT(counts.proven, least) << told(counts);
    EXPECT_GT(counts.repaired, least) << told(counts);
    EXPECT_GT(counts.hits, least) << told(counts);
    EXPECT_GT(counts.waste, least) << told(counts);
    EXPECT_GT(counts.second_wave, least) << told(counts);
    EXPECT_GT(counts.below_refused, least) << told(counts);
    ::testing::Test::RecordProperty("counts", told(counts));
}

TEST(speculation_model, proof_before_publishes_nothing_that_a_sequential_run_could_not_have_seen) {
    const tally counts = run_schedules(speculative_fetcher::proof::before);
    const std::uint64_t least = schedules() / 30;
    EXPECT_GT(counts.views, least) << told(counts);
    EXPECT_GT(counts.hits, least) << told(counts);
    EXPECT_GT(counts.below_refused, least) << told(counts);
    EXPECT_EQ(counts.proven, counts.views) << told(counts);
    EXPECT_EQ(counts.repairs, 0u) << told(counts);
    ::testing::Test::RecordProperty("counts", told(counts));
}

}  // namespace
}  // namespace nearside::aggregators
