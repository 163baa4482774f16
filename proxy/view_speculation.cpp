#include "proxy/view_speculation.h"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <functional>
#include <utility>

namespace nearside::proxy {

namespace {

using aggregators::recipe;
using aggregators::speculative_fetcher;

std::function<void(milliseconds, std::function<void()>)> later_on(boost::asio::any_io_executor home) {
    return [home](milliseconds delay, std::function<void()> what) {
        if (delay <= milliseconds{0}) return boost::asio::post(home, std::move(what));
        const auto timer = std::make_shared<boost::asio::steady_timer>(home, delay);
        timer->async_wait([timer, what = std::move(what)](boost::system::error_code failed) {
            if (!failed) what();
        });
    };
}

}  // namespace

view_speculation::refresh::refresh(view_speculation& shared, std::shared_ptr<const view> of, std::string key,
                                   std::shared_ptr<aggregators::fetcher> below, boost::asio::any_io_executor home)
    : shared_(shared), of_(std::move(of)), key_(std::move(key)) {
    const recipe last = shared_.recipes_.find(key_).value_or(recipe{});
    made_before_ = last.made;
    speculative_fetcher::environment with;
    with.below = std::move(below);
    with.what = of_->plan;
    with.time = &shared_.time_;
    with.later = later_on(std::move(home));
    with.unproven = of_->strict ? speculative_fetcher::proof::before : speculative_fetcher::proof::behind;
    fetcher_ = std::make_shared<speculative_fetcher>(std::move(with), last);
    speculates_ = !last.calls.empty() && shared_.pays_for(*of_);
    if (speculates_) fetcher_->start_recipe();
}

view_speculation::refresh::~refresh() {
    fetcher_->end();
    shared_.count(*of_, fetcher_->counted(), speculates_ && made_);
}

bool view_speculation::refresh::brought_what_made(std::string_view etag) const {
    return !etag.empty() && etag == made_before_ && fetcher_->all_as_before();
}

void view_speculation::refresh::keep(std::string_view etag) {
    made_ = true;
    recipe learned = fetcher_->learned();
    learned.made = etag;
    shared_.recipes_.keep(key_, learned);
}

bool view_speculation::pays_for(const view& of) {
    const std::lock_guard lock(mutex_);
    const auto known = health_.find(of.name);
    return known == health_.end() || known->second.allows(time_.steady_now());
}

void view_speculation::count(const view& of, const speculative_fetcher::counts& came, bool tells_of_recipe) {
    const view_meters::of_view& meters = meters_.of(of);
    meters.speculation_hit.add(came.hits);
    meters.speculation_waste.add(came.waste);
    meters.speculation_second_wave.add(came.second_wave);
    if (!tells_of_recipe) return;
    const std::lock_guard lock(mutex_);
    health_[of.name].ran(came.asked_again, came.missed, time_.steady_now());
}

}  // namespace nearside::proxy
