// The part of speculative_fetcher that launches calls: of the recipe, of the repair, and what depends on what changed.
#include "aggregators/speculative_fetcher.h"

#include <algorithm>
#include <utility>

namespace nearside::aggregators {

speculative_fetcher::record& speculative_fetcher::find_or_add(const fetch_request& request, std::uint64_t asked_with) {
    std::string key;
    key.reserve(request.upstream.size() + 1 + request.target.size());
    key.append(request.upstream).push_back('\0');
    key.append(request.target);
    if (asked_with != 0) key.append(1, '\0').append(std::to_string(asked_with));
    const auto [at, added] = by_url_.try_emplace(std::move(key), nullptr);
    if (added) {
        at->second = &records_.emplace_back();
        at->second->request = request;
        at->second->asked_with = asked_with;
    }
    return *at->second;
}

void speculative_fetcher::start_recipe() {
    std::uint32_t deepest = 1;
    for (const record* each : of_recipe_)
        deepest = std::max(deepest, std::min(each->request.wave, last_wave_with_a_lead));
    for (std::uint32_t wave = 2; wave <= deepest; ++wave) {
        with_.later(with_.lead * (wave - 1), [self = weak_from_this(), wave] {
            const auto here = self.lock();
            if (here && !here->ended_ && here->run_ == 1) here->enqueue_wave(wave);
        });
    }
}

void speculative_fetcher::enqueue_wave(std::uint32_t wave) {
    for (record* each : of_recipe_) {
        if (std::min(each->request.wave, last_wave_with_a_lead) == wave) enqueued_.push_back(each);
    }
    launch_enqueued();
}

void speculative_fetcher::launch_enqueued() {
    while (!enqueued_.empty() && speculating_ < most_speculated) {
        record& next = *enqueued_.front();
        enqueued_.pop_front();
        if (!next.launched && next.asked_with == 0) launch(next, next.request.timeout, true);
    }
}

void speculative_fetcher::begin_repair() {
    asks_.clear();
    enqueued_.clear();
    const std::uint32_t ended = run_++;
    for (record& each : records_) {
        each.waiting.clear();
        if (each.asked_in != ended || !each.came) continue;
        if (each.unproven || !each.answer) launch(each, each.request.timeout, true);
    }
}

void speculative_fetcher::launch(record& of, std::optional<milliseconds> timeout, bool speculated) {
    stop(of);
    let_go(of);
    fetch_request request = of.request;
    request.timeout = timeout;
    request.background = speculated || run_ > 1;
    request.anew = of.launched || only_proven();
    of.below = next_++;
    of.launched = true;
    of.flying = true;
    of.speculated = speculated;
    of.counted = false;
    of.unproven = false;
    of.anew = request.anew;
    of.launched_at = with_.time->steady_now();
    of.read_from = of.launched_at;
    if (speculated) {
        ++speculated_;
        ++speculating_;
    }
    flying_.emplace(of.below, &of);
    with_.below->start(of.below, std::move(request), weak_from_this());
}

void speculative_fetcher::stop(record& of) {
    if (!std::exchange(of.flying, false)) return;
    flying_.erase(of.below);
    if (of.speculated) --speculating_;
    with_.below->cancel(of.below);
}

// Called the moment that a document is known to have changed: what depends on it and was launched before is called
// again at once, instead of one generation after the other when the plan comes to ask for it.
void speculative_fetcher::renew_dependents(const record& changed) {
    if (changed.since == steady_time::min()) return;
    const std::vector<bool>& dependents = dependents_of(changed.request.step);
    for (record& each : records_) {
        const bool depends = each.request.step < dependents.size() && dependents[each.request.step];
        if (!depends || !each.launched || each.read_from >= changed.since || (!each.flying && !each.answer)) continue;
        if (each.asked_in == run_ || each.asked_in + 1 < run_) continue;
        launch(each, each.request.timeout, true);
    }
}

const std::vector<bool>& speculative_fetcher::dependents_of(std::uint32_t step) {
    const auto [at, added] = dependents_.try_emplace(step);
    std::vector<bool>& marked = at->second;
    if (!added) return marked;
    const std::vector<plan_step>& steps = with_.what->steps;
    marked.resize(steps.size());
    std::vector<step_index> open;
    if (step < steps.size()) open.push_back(step);
    while (!open.empty()) {
        const step_index next = open.back();
        open.pop_back();
        for (const step_index dependent : steps[next].needed_by) {
            if (marked[dependent]) continue;
            marked[dependent] = true;
            open.push_back(dependent);
        }
    }
    return marked;
}

}  // namespace nearside::aggregators
