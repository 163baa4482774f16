#include "aggregators/speculative_fetcher.h"

#include "aggregators/fetch_verdict.h"
#include "core/content_hash.h"

#include <algorithm>
#include <utility>

namespace nearside::aggregators {
namespace {

// The upstream's word about the thing asked for, which asking again would not change (RFC 9110 15.5); not about a
// moment's trouble.
bool is_final_word(const result<fetch_response>& outcome) noexcept {
    return outcome.has_value() && outcome->status >= 400 && outcome->status < 500 && outcome->status != 408 &&
           outcome->status != 425 && outcome->status != 429;
}

bool brings_a_document(const result<fetch_response>& outcome) {
    return !why_unusable(outcome, {});
}

}  // namespace

speculative_fetcher::speculative_fetcher(environment with, const recipe& last) : with_(std::move(with)) {
    for (const recipe_call& call : last.calls) {
        fetch_request request;
        request.upstream = call.upstream;
        request.target = call.target;
        request.timeout = call.timeout;
        request.wave = call.wave;
        request.step = call.step;
        record& known = find_or_add(request, call.asked_with);
        if (std::exchange(known.in_recipe, true)) continue;
        known.recipe_hash = call.content_hash;
        known.hash = call.content_hash;
        of_recipe_.push_back(&known);
    }
}

void speculative_fetcher::start(call_id call, fetch_request request, std::weak_ptr<fetch_sink> sink) {
    record& of = find_or_add(request, request.content.empty() ? 0 : content_hash(request.content));
    const bool usable = is_usable(of, request);
    of.request = request;
    of.asked_in = run_;
    of.came = false;
    of.unproven = usable && !is_proven(of, request);
    if (!usable) {
        if (run_ == 1 && !of_recipe_.empty() && request.wave > 1) ++counts_.second_wave;
        launch(of, request.timeout, false);
    }
    asks_.insert_or_assign(call, ask{&of, std::move(sink), std::move(request), with_.time->steady_now()});
    of.waiting.push_back(call);
    if (of.flying) {
        if (usable && run_ == 1) with_.below->promote(of.below);
        return;
    }
    // A sink never hears from inside start().
    with_.later(milliseconds{0}, [self = weak_from_this(), call, run = run_] {
        const auto here = self.lock();
        if (here && here->run_ == run) here->hand_over(call);
    });
}

void speculative_fetcher::cancel(call_id call) {
    const auto found = asks_.find(call);
    if (found == asks_.end()) return;
    record& of = *found->second.of;
    asks_.erase(found);
    std::erase(of.waiting, call);
    if (of.waiting.empty()) stop(of);
}

void speculative_fetcher::on_fetched(call_id call, result<fetch_response> outcome) {
    const auto found = flying_.find(call);
    if (ended_ || found == flying_.end()) return;
    record& of = *found->second;
    flying_.erase(found);
    of.flying = false;
    if (of.speculated) --speculating_;
    if (brings_a_document(outcome))
        came_back(of, *std::move(outcome));
    else
        failed(of, std::move(outcome));
    launch_enqueued();
}

bool speculative_fetcher::is_usable(const record& of, const fetch_request& request) const {
    if (!of.flying && !of.answer) return false;
    if (of.read_from < request.usable_from) return false;
    // That a thing is refused or gone may be from before its parent made it, too.
    const bool refused = of.answer && is_final_word(*of.answer);
    return is_proven(of, request) || (!only_proven() && !refused);
}

// What its origin lets be used for longer is proven by that, unless the view is strict.
bool speculative_fetcher::is_proven(const record& of, const fetch_request& request) const {
    const bool by_origin = of.answer && of.answer->fresh && with_.unproven == proof::behind;
    return (by_origin ? of.launched_at : of.read_from) >= request.proven_from;
}

void speculative_fetcher::came_back(record& of, fetch_response response) {
    // Equal to what was seen before, it was so all the time between (docs/speculation.md: but for what changed and
    // changed back).
    if (response.content_hash == 0 || response.content_hash != of.hash) {
        of.hash = response.content_hash;
        // Whoever keeps answers may know for how long it has been this one; not when this run has seen another since.
        const steady_time now = with_.time->steady_now();
        of.since = of.seen ? now : std::min(now, response.since.value_or(now));
    }
    of.seen = true;
    response.since = of.since;
    if (response.read) of.read_from = std::min(of.read_from, *response.read);
    hold(of, std::move(response));
    bool again = false;
    for (const call_id call : std::vector<call_id>(of.waiting)) {
        const auto by = asks_.find(call);
        if (by == asks_.end()) continue;
        if (!of.anew && !is_usable(of, by->second.request)) {
            again = true;
            continue;
        }
        of.unproven |= !is_proven(of, by->second.request);
        hand_over(call);
    }
    if (again) call_again_for(of);
}

void speculative_fetcher::failed(record& of, result<fetch_response> outcome) {
    of.hash = 0;
    of.seen = true;
    const bool final_word = is_final_word(outcome);
    if (of.speculated && (!final_word || of.unproven)) return call_again_for(of);
    if (final_word) {
        hold(of, *std::move(outcome));
        for (const call_id call : std::vector<call_id>(of.waiting))
            hand_over(call);
        return;
    }
    for (const call_id call : std::exchange(of.waiting, {}))
        tell(call, outcome);
}

// A speculated call is not tried again: whoever waits for it gets a call of its own, for what is left of its time.
void speculative_fetcher::call_again_for(record& of) {
    if (of.waiting.empty()) return;
    std::optional<milliseconds> left;
    bool unbounded = false;
    for (const call_id call : of.waiting) {
        const ask& by = asks_.at(call);
        if (!by.request.timeout) {
            unbounded = true;
            continue;
        }
        const auto waited = std::chrono::ceil<milliseconds>(with_.time->steady_now() - by.at);
        left = std::max(left.value_or(milliseconds{0}), *by.request.timeout - waited);
    }
    if (unbounded) left.reset();
    if (left && *left <= milliseconds{0}) {
        for (const call_id call : std::exchange(of.waiting, {}))
            tell(call, error{errc::total_timeout, {}});
        return;
    }
    if (run_ == 1 && of.request.wave > 1) ++counts_.second_wave;
    launch(of, left, false);
}

void speculative_fetcher::hold(record& of, fetch_response response) {
    const std::uint64_t more = response.document.size();
    // What nobody has asked for yet is bounded as what a run may hold.
    if (of.waiting.empty() && held_bytes_ + more > with_.what->limits.run_bytes) return;
    held_bytes_ += more;
    of.answer = std::move(response);
}

void speculative_fetcher::let_go(record& of) {
    if (!of.answer) return;
    held_bytes_ -= of.answer->document.size();
    of.answer.reset();
}

void speculative_fetcher::hand_over(call_id call) {
    const auto found = asks_.find(call);
    if (found == asks_.end()) return;
    record& of = *found->second.of;
    if (!of.answer) return;
    std::erase(of.waiting, call);
    of.came = true;
    const bool document = brings_a_document(*of.answer);
    of.got = document ? of.answer->content_hash : 0;
    of.answer->speculated = of.speculated;
    if (of.speculated && !std::exchange(of.counted, true)) ++counts_.hits;
    if (document && only_proven()) renew_dependents(of);
    const bool for_repair = with_.unproven == proof::behind && run_ == 1 && held_bytes_ <= most_held_bytes;
    if (for_repair || !of.waiting.empty()) return tell(call, *of.answer);
    fetch_response response = *std::move(of.answer);
    held_bytes_ -= response.document.size();
    of.answer.reset();
    tell(call, std::move(response));
}

void speculative_fetcher::tell(call_id call, result<fetch_response> outcome) {
    auto found = asks_.extract(call);
    if (found.empty()) return;
    if (const auto sink = found.mapped().sink.lock()) sink->on_fetched(call, std::move(outcome));
}

bool speculative_fetcher::all_as_before() const {
    std::size_t same = 0;
    for (const record& each : records_) {
        if (each.asked_in != run_) continue;
        const bool as_before = each.came && each.in_recipe && each.got != 0 && each.got == each.recipe_hash;
        if (!as_before || each.since != steady_time::min()) return false;
        ++same;
    }
    return same == of_recipe_.size();
}

std::uint64_t speculative_fetcher::unproven() const {
    return static_cast<std::uint64_t>(std::count_if(records_.begin(), records_.end(), [this](const record& each) {
        return each.asked_in == run_ && each.came && each.unproven;
    }));
}

recipe speculative_fetcher::learned() const {
    recipe made;
    for (const record& each : records_) {
        if (each.asked_in != run_ || !each.came) continue;
        made.calls.push_back({each.request.upstream, each.request.target, each.request.wave, each.request.step,
                              each.request.timeout, each.got, each.asked_with});
    }
    return made;
}

void speculative_fetcher::end() {
    if (std::exchange(ended_, true)) return;
    for (const auto& [below, of] : flying_)
        with_.below->cancel(below);
    flying_.clear();
    asks_.clear();
    enqueued_.clear();
    for (record& each : records_)
        each.answer.reset();
    counts_.waste = speculated_ - counts_.hits;
    for (const record* each : of_recipe_) {
        if (each->launched && each->request.wave > 1) ++(each->asked_in != 0 ? counts_.asked_again : counts_.missed);
    }
}

}  // namespace nearside::aggregators
