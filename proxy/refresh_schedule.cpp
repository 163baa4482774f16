#include "proxy/refresh_schedule.h"

#include <algorithm>
#include <utility>

namespace nearside::proxy {

bool refresh_schedule::used(std::string_view key, steady_time now, milliseconds while_used_within) {
    const auto known = watched_.find(key);
    if (known != watched_.end()) {
        known->second.last_used = std::max(known->second.last_used, now);
        known->second.within = while_used_within;
        return true;
    }
    if (watched_.size() >= most_) return false;
    hot made;
    made.last_used = now;
    made.within = while_used_within;
    // Until a copy is published, it is only looked at when it has cooled down.
    made.place = by_due_.emplace(now + while_used_within, std::string(key));
    watched_.emplace(std::string(key), made);
    return true;
}

bool refresh_schedule::keep(std::string_view key, steady_time now) {
    const auto known = watched_.find(key);
    if (known == watched_.end()) {
        if (watched_.size() >= most_) return false;
        hot made;
        made.kept = true;
        made.place = by_due_.emplace(now, std::string(key));
        watched_.emplace(std::string(key), made);
        return true;
    }
    hot& of = known->second;
    const bool already = std::exchange(of.kept, true);
    if (already || of.under_way || of.ahead) return true;
    by_due_.erase(of.place);
    of.place = by_due_.emplace(now, std::string(key));
    return true;
}

void refresh_schedule::release(std::string_view key, steady_time now) {
    const auto known = watched_.find(key);
    if (known == watched_.end()) return;
    hot& of = known->second;
    of.kept = false;
    if (of.under_way || is_used(key, of, now)) return;
    by_due_.erase(of.place);
    of.place = by_due_.emplace(now, std::string(key));
}

bool refresh_schedule::is_used(std::string_view key, hot& of, steady_time now) const {
    if (last_use_) of.last_used = std::max(of.last_used, last_use_(key).value_or(of.last_used));
    return of.last_used + of.within > now;
}

steady_time refresh_schedule::jittered(steady_time now, milliseconds wait) const {
    const double share = earliest + spread * std::clamp(random_(), 0.0, 1.0);
    return now + std::chrono::duration_cast<steady_time::duration>(
                     std::chrono::duration<double, std::milli>(static_cast<double>(wait.count()) * share));
}

void refresh_schedule::published(std::string_view key, steady_time now, milliseconds fresh, milliseconds stale) {
    const auto known = watched_.find(key);
    if (known == watched_.end()) return;
    hot& of = known->second;
    of.ahead = fresh > milliseconds{0};
    if (!of.ahead && !of.kept) return;
    of.failures = 0;
    const milliseconds usable = fresh > milliseconds{0} ? fresh : stale;
    const steady_time due = jittered(now, usable > milliseconds{0} ? usable : slowest);
    if (of.under_way) {
        of.renewed = due;
        return;
    }
    by_due_.erase(of.place);
    of.place = by_due_.emplace(due, std::string(key));
}

refresh_schedule::due refresh_schedule::take_due(steady_time now) {
    due found;
    while (!by_due_.empty() && by_due_.begin()->first <= now) {
        const auto at = watched_.find(by_due_.begin()->second);
        hot& of = at->second;
        const bool used = is_used(at->first, of, now);
        if (!of.kept && !used) {
            found.cooled.push_back(at->first);
            by_due_.erase(of.place);
            watched_.erase(at);
            continue;
        }
        if (!of.kept && !of.ahead) {
            by_due_.erase(of.place);
            of.place = by_due_.emplace(of.last_used + of.within, at->first);
            continue;
        }
        if (under_way_ >= at_once_) break;
        found.renew.push_back(at->first);
        by_due_.erase(of.place);
        of.under_way = true;
        of.ahead = false;
        ++under_way_;
    }
    return found;
}

void refresh_schedule::ended(std::string_view key, steady_time now) {
    const auto known = watched_.find(key);
    if (known == watched_.end() || !known->second.under_way) return;
    hot& of = known->second;
    of.under_way = false;
    --under_way_;
    std::optional<steady_time> due = std::exchange(of.renewed, std::nullopt);
    if (!due && of.kept) {
        constexpr std::uint32_t most_doublings = 6;
        const milliseconds pause = first_pause * (1U << std::min(of.failures, most_doublings));
        due = jittered(now, std::min(pause, slowest));
        ++of.failures;
    }
    of.place = by_due_.emplace(due.value_or(of.last_used + of.within), std::string(key));
}

steady_time refresh_schedule::next() const {
    if (by_due_.empty() || under_way_ >= at_once_) return steady_time::max();
    return by_due_.begin()->first;
}

}  // namespace nearside::proxy
