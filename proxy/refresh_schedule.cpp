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
    // Until a copy is published, it is only looked at when it has cooled down.
    hot& made = add(key, now + while_used_within);
    made.last_used = now;
    made.within = while_used_within;
    return true;
}

bool refresh_schedule::keep(std::string_view key, steady_time now) {
    const auto known = watched_.find(key);
    if (known == watched_.end() && watched_.size() >= most_) return false;
    hot& of = known != watched_.end() ? known->second : add(key, now);
    if (!of.always()) due_unless_known(of, key, now);
    of.kept = true;
    return true;
}

void refresh_schedule::release(std::string_view key, steady_time now) {
    const auto known = watched_.find(key);
    if (known == watched_.end()) return;
    known->second.kept = false;
    look_soon(known->second, key, now);
}

void refresh_schedule::subscribe(std::string_view key, steady_time now) {
    const auto known = watched_.find(key);
    hot& of = known != watched_.end() ? known->second : add(key, now);
    if (!of.always()) due_unless_known(of, key, now);
    of.subscribed = true;
}

void refresh_schedule::unsubscribe(std::string_view key, steady_time now) {
    const auto known = watched_.find(key);
    if (known == watched_.end()) return;
    known->second.subscribed = false;
    look_soon(known->second, key, now);
}

void refresh_schedule::hurry(std::string_view key) {
    const auto known = watched_.find(key);
    if (known == watched_.end()) return;
    hot& of = known->second;
    of.again = of.under_way;
    if (of.under_way || of.hurried) return;
    move(of, key, before_all);
    of.hurried = true;
}

refresh_schedule::hot& refresh_schedule::add(std::string_view key, steady_time due) {
    hot& made = watched_.emplace(std::string(key), hot{}).first->second;
    made.place = by_due_.emplace(due, std::string(key));
    return made;
}

void refresh_schedule::move(hot& of, std::string_view key, steady_time due) {
    by_due_.erase(of.place);
    of.place = by_due_.emplace(due, std::string(key));
    of.hurried = false;
}

// Made now where no copy of it is known.
void refresh_schedule::due_unless_known(hot& of, std::string_view key, steady_time now) {
    if (!of.under_way && !of.ahead) move(of, key, now);
}

// What nobody wants any more gives up its place with the next take_due().
void refresh_schedule::look_soon(hot& of, std::string_view key, steady_time now) {
    if (of.always() || of.under_way || is_used(key, of, now)) return;
    move(of, key, now);
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
    if (!of.ahead && !of.always()) return;
    of.failures = 0;
    milliseconds usable = fresh > milliseconds{0} ? fresh : stale;
    if (usable <= milliseconds{0}) usable = slowest;
    if (!of.ahead && of.subscribed) usable = std::min(usable, while_subscribed);
    const steady_time due = jittered(now, usable);
    if (of.under_way) {
        of.renewed = due;
        return;
    }
    move(of, key, due);
}

refresh_schedule::due refresh_schedule::take_due(steady_time now) {
    due found;
    while (!by_due_.empty() && by_due_.begin()->first <= now) {
        const auto at = watched_.find(by_due_.begin()->second);
        hot& of = at->second;
        const bool used = is_used(at->first, of, now);
        if (!of.always() && !used) {
            found.cooled.push_back(at->first);
            by_due_.erase(of.place);
            watched_.erase(at);
            continue;
        }
        if (!of.always() && !of.ahead) {
            move(of, at->first, of.last_used + of.within);
            continue;
        }
        if (under_way_ >= most_under_way(of)) break;
        found.renew.push_back(at->first);
        by_due_.erase(of.place);
        of.under_way = true;
        of.hurried = false;
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
    if (!due && of.always()) {
        constexpr std::uint32_t most_doublings = 6;
        const milliseconds pause = first_pause * (1U << std::min(of.failures, most_doublings));
        due = jittered(now, std::min(pause, of.subscribed ? while_subscribed : slowest));
        ++of.failures;
    }
    of.hurried = std::exchange(of.again, false);
    if (of.hurried) due = before_all;
    of.place = by_due_.emplace(due.value_or(of.last_used + of.within), std::string(key));
}

std::size_t refresh_schedule::most_under_way(const hot& of) const noexcept {
    return of.hurried ? at_once_ * hurried_at_once : at_once_;
}

steady_time refresh_schedule::next() const {
    if (by_due_.empty()) return steady_time::max();
    const auto& [due, key] = *by_due_.begin();
    return under_way_ >= most_under_way(watched_.find(key)->second) ? steady_time::max() : due;
}

}  // namespace nearside::proxy
