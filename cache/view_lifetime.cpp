#include "cache/view_lifetime.h"

#include "cache/freshness.h"
#include "cache/vary.h"

#include <algorithm>
#include <optional>

namespace nearside::cache {

namespace {

// How long a view with a failed optional step is fresh: long enough to spare the upstream a burst, short enough that
// the missing part is back soon.
constexpr milliseconds partial_fresh{1'000};

void shorten(std::optional<milliseconds>& kept, milliseconds candidate) {
    kept = kept ? std::min(*kept, candidate) : candidate;
}

}  // namespace

view_lifetime decide_view_lifetime(const configured_lifetime& configured, std::span<const header_fields> responses,
                                   bool for_everybody, bool partial, wall_time asked) {
    std::optional<milliseconds> fresh, stale, stale_if_error;
    milliseconds oldest{0};
    bool must_ask_each_time = false, never_stale = false, only_origins_stale = false;
    for (const header_fields& response : responses) {
        const origin_word word = read_origin_word(response);
        const cache_control& says = word.says;
        if (says.no_store) return {.lives = {}, .refused = refusal::no_store};
        if (parse_vary(response).everything) return {.lives = {}, .refused = refusal::vary_everything};
        if (says.is_private && for_everybody) return {.lives = {}, .refused = refusal::private_response};
        must_ask_each_time |= says.no_cache;
        never_stale |= says.must_revalidate || says.proxy_revalidate || says.no_cache;
        only_origins_stale |= says.s_maxage.has_value();

        const milliseconds age = corrected_initial_age(response, {.requested = asked, .received = asked});
        oldest = std::max(oldest, age);
        shorten(fresh, std::max(milliseconds{0}, explicit_lifetime(response, word, asked).value - age));
        shorten(stale, says.stale_while_revalidate.value_or(seconds{0}));
        shorten(stale_if_error, says.stale_if_error.value_or(seconds{0}));
    }

    // Each window as seen from now on; the age is put before it at the end.
    lifetime lives{.fresh = fresh.value_or(milliseconds{0}),
                   .stale = stale.value_or(milliseconds{0}),
                   .stale_if_error = stale_if_error.value_or(milliseconds{0})};
    lives.fresh = configured.fresh.value_or(lives.fresh);
    if (!only_origins_stale) {
        lives.stale = configured.stale.value_or(lives.stale);
        lives.stale_if_error = configured.stale_if_error.value_or(lives.stale_if_error);
    }
    if (must_ask_each_time) lives.fresh = milliseconds{0};
    if (never_stale) lives.stale = lives.stale_if_error = milliseconds{0};
    if (partial) lives.fresh = std::min(lives.fresh, partial_fresh);
    if (lives == lifetime{}) return {.lives = {}, .refused = refusal::no_lifetime, .age = oldest};
    lives.fresh += oldest;
    return {.lives = lives, .refused = refusal::none, .age = oldest};
}

}  // namespace nearside::cache
