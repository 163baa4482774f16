// When which view is renewed before it goes stale: at 80 to 90 % of its freshness, as long as somebody used it within
// the time that its configuration says (a hot one), or as long as it is kept warm, whoever uses it. Decides and
// remembers; starts nothing, reads no clock.
// Owned by refresh_ahead, which serves it from one thread at a time.
#pragma once

#include "core/clock.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace nearside::proxy {

class refresh_schedule {
public:
    // `most`: views by key that are watched; further ones wait until one of them cools down. `at_once`: renewals under
    // way. `random`: a fraction, 0 up to 1; for the jitter. `last_use`: what is known of a view's uses beside used(),
    // asked when it is due; may be empty.
    refresh_schedule(std::size_t most, std::size_t at_once, std::function<double()> random,
                     std::function<std::optional<steady_time>(std::string_view)> last_use = {})
        : most_(most), at_once_(at_once), random_(std::move(random)), last_use_(std::move(last_use)) {}

    // Somebody was served. False: it isn't watched, and can't be, since there are too many. A use moves nothing: how
    // long it counts shows when its view is looked at.
    bool used(std::string_view key, steady_time now, milliseconds while_used_within);

    // It is renewed from now on whether or not somebody uses it, and made now where no copy of it is known. False: it
    // isn't watched, and can't be, since there are too many.
    bool keep(std::string_view key, steady_time now);
    // That is over. Who uses it still counts; what nobody uses gives up its place with the next take_due().
    void release(std::string_view key, steady_time now);

    // The same for what somebody is subscribed to, beyond `most` too. What is fresh for no time is renewed as
    // `while_subscribed` says.
    void subscribe(std::string_view key, steady_time now);
    void unsubscribe(std::string_view key, steady_time now);
    // What is watched is due before anything else, or as soon as its renewal has ended; `hurried_at_once` times as many
    // of such may be under way.
    void hurry(std::string_view key);

    // A copy was published that is fresh for so long from `now` on, and may be served stale after that. Without
    // freshness there is nothing to be ahead of: what is kept warm is renewed before it is too stale to be served then.
    void published(std::string_view key, steady_time now, milliseconds fresh, milliseconds stale = milliseconds{0});

    // The keys to renew now; each counts as under way until ended(). What nobody has used for too long is forgotten
    // instead, and told in `cooled`.
    struct due {
        std::vector<std::string> renew;
        std::vector<std::string> cooled;
    };
    due take_due(steady_time now);
    // Of one that take_due() gave. A renewal that failed is not repeated: the next request finds the view stale, and a
    // copy published later is watched again, however often it is used until then. What is kept warm has nobody to ask
    // for it: it is tried again after `first_pause`, then after twice that, and so on up to `slowest`, or
    // `while_subscribed`: somebody looks at it.
    void ended(std::string_view key, steady_time now);

    // When take_due() has something; max() while it has nothing, or too much is under way.
    steady_time next() const;
    std::size_t watched() const noexcept { return watched_.size(); }

    static constexpr milliseconds first_pause{1'000};
    static constexpr milliseconds slowest{60'000};
    static constexpr milliseconds while_subscribed{5'000};
    static constexpr std::size_t hurried_at_once = 8;

private:
    static constexpr steady_time before_all{};
    static constexpr double earliest = 0.8;  // of what is fresh
    static constexpr double spread = 0.1;    // so that what was published together isn't renewed together

    struct hot {
        steady_time last_used{};
        milliseconds within{0};
        bool kept = false;  // whoever uses it
        bool subscribed = false;
        bool again = false;          // as soon as what is under way has ended
        bool hurried = false;        // its place is before all that isn't
        std::uint32_t failures = 0;  // since a copy was published
        bool under_way = false;
        bool ahead = false;  // its place is before a known copy goes stale; at any other only what is kept is renewed
        std::optional<steady_time> renewed;                       // a copy was published meanwhile: when it is due
        std::multimap<steady_time, std::string>::iterator place;  // in by_due_, unless under way

        bool always() const noexcept { return kept || subscribed; }
    };
    struct hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view key) const noexcept { return std::hash<std::string_view>{}(key); }
    };

    hot& add(std::string_view key, steady_time due);
    void move(hot& of, std::string_view key, steady_time due);
    void due_unless_known(hot& of, std::string_view key, steady_time now);
    void look_soon(hot& of, std::string_view key, steady_time now);
    std::size_t most_under_way(const hot& of) const noexcept;
    bool is_used(std::string_view key, hot& of, steady_time now) const;
    // `wait` less what keeps apart what began together.
    steady_time jittered(steady_time now, milliseconds wait) const;

    const std::size_t most_, at_once_;
    const std::function<double()> random_;
    const std::function<std::optional<steady_time>(std::string_view)> last_use_;
    std::unordered_map<std::string, hot, hash, std::equal_to<>> watched_;
    std::multimap<steady_time, std::string> by_due_;
    std::size_t under_way_ = 0;
};

}  // namespace nearside::proxy
