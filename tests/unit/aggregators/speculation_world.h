// A world for tests of speculation: documents at one upstream that change, vanish and are refused at any instant, a far
// link with random delays, and the time of all that, in one thread and one order that a seed decides. It remembers
// every state that every document was ever in, and when, so that a test can ask what could have been seen.
#pragma once

#include "aggregators/fetch.h"
#include "tests/support/manual_clock.h"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <queue>
#include <random>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace nearside::aggregators::testing {

using microseconds = std::chrono::microseconds;

// Things that happen, one after the other, on a clock that goes from one to the next.
class timeline {
public:
    explicit timeline(std::uint64_t seed) : random_(seed) {}

    const nearside::testing::manual_clock& clock() const noexcept { return clock_; }
    steady_time now() const { return clock_.steady_now(); }
    void after(microseconds delay, std::function<void()> what) {
        due_.push({now() + delay, next_++, std::make_shared<std::function<void()>>(std::move(what))});
    }
    // False: nothing is left to happen.
    bool step() {
        if (due_.empty()) return false;
        const auto next = due_.top();
        due_.pop();
        clock_.advance(next.at - now());
        (*next.what)();
        return true;
    }
    std::uint32_t below(std::uint32_t bound) { return static_cast<std::uint32_t>(random_() % bound); }
    bool chance(std::uint32_t in_a_thousand) { return below(1000) < in_a_thousand; }

private:
    struct event {
        steady_time at;
        std::uint64_t order;
        std::shared_ptr<std::function<void()>> what;
        bool operator<(const event& other) const { return std::tie(at, order) > std::tie(other.at, other.order); }
    };
    nearside::testing::manual_clock clock_;
    std::mt19937_64 random_;
    std::priority_queue<event> due_;
    std::uint64_t next_ = 0;
};

// What a document was for a while: nothing is ever twice in the same state.
struct world_state {
    std::uint64_t number = 0;
    int status = 200;
    std::vector<std::uint32_t> ids;  // of its children
    steady_time from{};
    steady_time until = steady_time::max();  // not at this moment any more
};

class world {
public:
    world(timeline& time, std::uint32_t children, std::uint32_t trouble)
        : time_(time), children_(children), trouble_(trouble) {}

    const world_state& read(const std::string& target) {
        std::vector<world_state>& history = documents_[target];
        if (history.empty()) {
            add(history, fresh(200));
            history.back().from = steady_time::min();
        }
        return history.back();
    }

    // Some documents change, at one instant.
    void change() {
        if (documents_.empty()) return;
        const std::uint32_t count = 1 + time_.below(3);
        for (std::uint32_t each = 0; each < count; ++each) {
            auto at = documents_.begin();
            std::advance(at, time_.below(static_cast<std::uint32_t>(documents_.size())));
            if (at->second.empty()) continue;
            world_state next = fresh(200);
            const std::uint32_t what = time_.below(1000);
            if (what < trouble_) {
                static constexpr int refusals[] = {401, 403, 404, 410};
                next.status = refusals[time_.below(4)];
            } else if (what < 500) {
                next.ids = at->second.back().ids;  // its body changes, its children stay
            }
            at->second.back().until = time_.now();
            add(at->second, std::move(next));
        }
    }

    const world_state& state(std::uint64_t number) const {
        const auto& [history, at] = by_number_.at(number);
        return (*history)[at];
    }

    static std::string body_of(const world_state& state, std::string_view who) {
        std::string ids;
        for (const std::uint32_t id : state.ids)
            ids += (ids.empty() ? "" : ",") + std::to_string(id);
        return R"({"state":)" + std::to_string(state.number) + R"(,"who":")" + std::string(who) + R"(","id":)" +
               std::to_string(state.ids.front()) + R"(,"ids":[)" + ids + "]}";
    }

private:
    void add(std::vector<world_state>& history, world_state next) {
        by_number_.emplace(next.number, std::pair(&history, history.size()));
        history.push_back(std::move(next));
    }

    world_state fresh(int status) {
        world_state made;
        made.number = ++numbers_;
        made.status = status;
        made.from = time_.now();
        const std::uint32_t count = 1 + time_.below(3);
        for (std::uint32_t each = 0; each < count; ++each)
            made.ids.push_back(time_.below(children_));
        return made;
    }

    timeline& time_;
    const std::uint32_t children_;
    const std::uint32_t trouble_;  // in a thousand changes
    std::map<std::string, std::vector<world_state>> documents_;
    std::map<std::uint64_t, std::pair<const std::vector<world_state>*, std::size_t>> by_number_;
    std::uint64_t numbers_ = 0;
};

// One principal's way to a world. It tells what it read and when by fields that a real upstream doesn't have.
class far_fetcher final : public fetcher {
public:
    far_fetcher(timeline& time, world& there, std::string who, microseconds most_delay, std::uint32_t breaks,
                std::uint32_t keeps)
        : time_(time), there_(there), who_(std::move(who)), most_delay_(most_delay), breaks_(breaks), keeps_(keeps) {}

    void start(call_id id, fetch_request request, std::weak_ptr<fetch_sink> sink) override {
        if (open_.contains(id)) throw std::logic_error("a call of that name is under way");
        const std::uint64_t order = ++started_;
        open_.emplace(id, order);
        const auto bound = static_cast<std::uint32_t>(most_delay_.count());
        const microseconds there{time_.below(bound)};
        const microseconds back{time_.below(bound)};
        time_.after(there, [this, id, order, target = request.target, anew = request.anew, sink, back] {
            if (!is_open(id, order)) return;
            auto outcome = std::make_shared<result<fetch_response>>(answer(target, anew));
            time_.after(back, [this, id, order, sink, outcome] {
                if (!is_open(id, order)) return;
                open_.erase(id);
                if (const auto hearer = sink.lock()) hearer->on_fetched(id, std::move(*outcome));
            });
        });
    }
    void cancel(call_id id) override {
        if (open_.erase(id) == 0) throw std::logic_error("cancelled a call that is not under way");
    }
    std::size_t open() const noexcept { return open_.size(); }
    std::uint64_t started() const noexcept { return started_; }

private:
    bool is_open(call_id id, std::uint64_t order) const {
        const auto found = open_.find(id);
        return found != open_.end() && found->second == order;
    }

    result<fetch_response> answer(const std::string& target, bool anew) {
        if (const auto kept = kept_.find(target); !anew && kept != kept_.end() && time_.chance(keeps_)) {
            fetch_response stored = kept->second;
            stored.read = steady_time(steady_time::duration(std::stoll(std::string(*stored.fields.find("read-at")))));
            stored.fresh = true;
            return stored;
        }
        const std::uint32_t luck = time_.below(1000);
        if (luck < breaks_) return error{errc::closed_early, "as the world wanted"};
        fetch_response made;
        if (luck < 2 * breaks_) {
            made.status = 503;
        } else {
            const world_state& state = there_.read(target);
            made.status = state.status;
            made.fields.append("state", std::to_string(state.number));
            if (state.status == 200) {
                const std::string body = world::body_of(state, who_);
                made.document = buffer::copy_of(body);
                made.content_hash = state.number * 0x9e3779b97f4a7c15ull | 1;
            }
        }
        made.fields.append("read-at", std::to_string(time_.now().time_since_epoch().count()));
        if (made.status == 200) kept_.insert_or_assign(target, made);
        return made;
    }

    timeline& time_;
    world& there_;
    const std::string who_;
    const microseconds most_delay_;
    const std::uint32_t breaks_;  // in a thousand calls
    const std::uint32_t keeps_;   // in a thousand calls that needn't ask anew: answered with what was read last
    std::map<std::string, fetch_response> kept_;
    std::map<call_id, std::uint64_t> open_;
    std::uint64_t started_ = 0;
};

}  // namespace nearside::aggregators::testing
