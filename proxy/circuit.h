// Whether calls to an upstream are worth trying. Closed: all go out. Open: none, for a while. Half-open: one call at a
// time goes out to see. Counts in a sliding window; a call that began before the last change of state decides nothing.
// Pure: `now` is an argument. Owned by upstream_health, which guards it.
#pragma once

#include "config/settings.h"
#include "core/clock.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace nearside::proxy {

class circuit {
public:
    enum class state { closed, open, half_open };
    // `unknown`: the call ended without telling anything about the upstream (given up, cut short by its caller).
    enum class outcome { good, failed, unknown };

    // Leave to call once. Each pass is told back by done(), once.
    struct pass {
        std::uint64_t era = 0;  // the state it was given in; each change begins a new one
        bool probe = false;
    };

    // The share of a window's calls that must have failed: one broken path of many doesn't cut off the others.
    static constexpr std::uint32_t failed_share_percent = 50;

    explicit circuit(const config::circuit_settings& settings) : settings_(settings) {}

    // Nothing: not now; ask again in `reopens_in`.
    std::optional<pass> ask(steady_time now);
    void done(pass given, outcome what, steady_time now);

    state now_in() const noexcept { return state_; }
    // How long an open circuit refuses still; 0 otherwise.
    milliseconds reopens_in(steady_time now) const noexcept;
    // Of the window's calls.
    std::uint64_t failures(steady_time now) const noexcept { return counted(now).failed; }

private:
    static constexpr std::size_t slices = 10;
    struct slice {
        std::int64_t number = -1;  // which tenth of a window since the clock's beginning it counts
        std::uint64_t good = 0, failed = 0;
    };

    void enter(state next, steady_time now);
    std::int64_t slice_number(steady_time now) const noexcept;
    slice counted(steady_time now) const noexcept;

    config::circuit_settings settings_;
    state state_ = state::closed;
    std::uint64_t era_ = 0;
    bool probing_ = false;
    steady_time opened_at_{};
    std::array<slice, slices> window_{};
};

}  // namespace nearside::proxy
