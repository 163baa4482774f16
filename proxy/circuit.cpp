#include "proxy/circuit.h"

#include <algorithm>

namespace nearside::proxy {

std::optional<circuit::pass> circuit::ask(steady_time now) {
    if (state_ == state::open) {
        if (reopens_in(now) > milliseconds{0}) return std::nullopt;
        enter(state::half_open, now);
    }
    if (state_ == state::closed) return pass{era_, false};
    if (probing_) return std::nullopt;
    probing_ = true;
    return pass{era_, true};
}

void circuit::done(pass given, outcome what, steady_time now) {
    if (given.era != era_) return;
    if (given.probe) {
        probing_ = false;
        if (what == outcome::good) enter(state::closed, now);
        if (what == outcome::failed) enter(state::open, now);
        return;
    }
    if (what == outcome::unknown || settings_.failures == 0) return;
    const std::int64_t number = slice_number(now);
    slice& counting = window_[static_cast<std::size_t>(number) % slices];
    if (counting.number != number) counting = {number, 0, 0};
    ++(what == outcome::good ? counting.good : counting.failed);
    if (what == outcome::good) return;
    const slice all = counted(now);
    const bool many = all.failed >= settings_.failures;
    if (many && all.failed * 100 >= (all.good + all.failed) * failed_share_percent) enter(state::open, now);
}

milliseconds circuit::reopens_in(steady_time now) const noexcept {
    if (state_ != state::open) return milliseconds{0};
    const auto left = std::chrono::ceil<milliseconds>(opened_at_ + settings_.open_for - now);
    return std::max(left, milliseconds{0});
}

void circuit::enter(state next, steady_time now) {
    state_ = next;
    ++era_;
    probing_ = false;
    if (next == state::open) opened_at_ = now;
    if (next == state::closed) window_.fill({});
}

std::int64_t circuit::slice_number(steady_time now) const noexcept {
    const auto length = std::max<std::chrono::nanoseconds>(settings_.window / slices, milliseconds{1});
    return now.time_since_epoch() / length;
}

circuit::slice circuit::counted(steady_time now) const noexcept {
    const std::int64_t oldest = slice_number(now) - static_cast<std::int64_t>(slices) + 1;
    slice all;
    for (const slice& each : window_) {
        if (each.number < oldest) continue;
        all.good += each.good;
        all.failed += each.failed;
    }
    return all;
}

}  // namespace nearside::proxy
