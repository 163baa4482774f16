#include "proxy/stream_readers.h"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <utility>

namespace nearside::proxy {

namespace {

// About half a millisecond of an io thread.
constexpr int told_at_once = 64;
constexpr std::size_t cache_line = 64;
constexpr std::size_t reader_lines = 4;

}  // namespace

stream_readers::membership::membership(std::shared_ptr<group> of, stream_reader& who) : of_(std::move(of)), who_(who) {
    of_->readers.push_back(*this);
    ++of_->count;
}

stream_readers::membership::~membership() {
    --of_->count;
}

std::unique_ptr<stream_readers::membership> stream_readers::join(const boost::asio::any_io_executor& home,
                                                                 stream_reader& who) {
    std::shared_ptr<group> of;
    {
        const std::lock_guard lock(mutex_);
        const auto known =
            std::find_if(groups_.begin(), groups_.end(), [&](const auto& each) { return each->home == home; });
        of = known != groups_.end() ? *known : groups_.emplace_back(std::make_shared<group>(home));
    }
    return std::make_unique<membership>(std::move(of), who);
}

void stream_readers::wake() {
    const std::lock_guard lock(mutex_);
    for (const std::shared_ptr<group>& each : groups_) {
        if (each->count == 0 || each->waking.exchange(true)) continue;
        boost::asio::post(each->home, [of = each] {
            of->waking = false;
            // Who was told a moment ago comes after those who still wait for that.
            of->untold.splice(of->untold.end(), of->readers);
            if (!std::exchange(of->telling, true)) tell_some(of);
        });
    }
}

void stream_readers::tell_some(std::shared_ptr<group> of) {
    for (int told = 0; told < told_at_once && !of->untold.empty(); ++told) {
        membership& next = of->untold.front();
        of->readers.splice(of->readers.end(), of->untold, of->untold.begin());
        fetch_ahead(of->untold);
        next.who_.on_change();
    }
    of->telling = !of->untold.empty();
    if (!of->telling) return;
    const boost::asio::any_io_executor& home = of->home;
    boost::asio::post(home, [of = std::move(of)]() mutable { tell_some(std::move(of)); });
}

// A step further for each of the next ones, so that what is looked at here has been asked for before.
void stream_readers::fetch_ahead(const group::members& untold) noexcept {
    unsigned others = 0;
    for (auto at = untold.begin(); at != untold.end(); ++at) {
        ++others;
        if (others == 4) {
            __builtin_prefetch(&*at);
            __builtin_prefetch(&at->who_);
            return;
        }
        const stream_reader& who = at->who_;
        if (others < 3) {
            who.fetch_ahead(others);
        } else {
            for (std::size_t line = 0; line < reader_lines; ++line)
                __builtin_prefetch(reinterpret_cast<const char*>(&who) + line * cache_line);
        }
    }
}

std::size_t stream_readers::count() const {
    const std::lock_guard lock(mutex_);
    std::size_t all = 0;
    for (const std::shared_ptr<group>& each : groups_)
        all += each->count;
    return all;
}

}  // namespace nearside::proxy
