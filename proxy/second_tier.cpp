#include "proxy/second_tier.h"

#include "cache/redis_client_commands.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>

#include <algorithm>
#include <functional>
#include <mutex>
#include <pthread.h>
#include <random>
#include <utility>

namespace nearside::proxy {

namespace {

constexpr milliseconds longest_greeting{250};
// That the thread takes to end once everything fails; a name that is being looked up may take longer.
constexpr milliseconds longest_end{1'000};

// For any thread.
std::function<std::uint64_t()> random_numbers() {
    struct shared_generator {
        std::mutex mutex;
        std::mt19937_64 generator{std::random_device{}()};
    };
    return [all = std::make_shared<shared_generator>()] {
        const std::lock_guard lock(all->mutex);
        return all->generator();
    };
}

}  // namespace

second_tier::second_tier(const config::cache_settings& settings, const parts& with)
    : settings_(std::make_shared<const config::redis_settings>(*settings.redis)),
      max_entry_(settings.max_entry),
      parts_(with),
      keys_(settings_->prefix, settings_->database),
      open_(boost::asio::make_work_guard(context_)) {}

result<void> second_tier::open() {
    auto client = cache::redis_client::create(home(), settings_, parts_.log);
    if (!client) return client.error();
    client_ = *std::move(client);
    cache::redis_store_limits limits;
    limits.entry_bytes = max_entry_;
    limits.write_timeout = settings_->command_timeout;
    store_ = std::make_unique<cache::redis_store>(
        cache::redis_store::parts{.redis = std::make_shared<cache::redis_client_commands>(*client_),
                                  .prefix = settings_->prefix,
                                  .workers = parts_.workers,
                                  .time = parts_.time,
                                  .random = random_numbers(),
                                  .limits = limits,
                                  .registry = parts_.registry,
                                  .gate = &parts_.gate,
                                  .written = [this](const cache::entry& of, cache::redis_wrote what) {
                                      if (written_) written_(of, what);
                                  }});
    counter& late = parts_.registry.make_counter("nearside_redis_late_total",
                                                 "Stored answers found in Redis when nobody waited any more");
    lookups_ = std::make_unique<tier_lookup>(
        tier_lookup::parts{.second = store_.get(),
                           .memory = &parts_.memory,
                           .epochs = &parts_.epochs,
                           .time = &parts_.time,
                           .home = home(),
                           .patience = settings_->request_timeout,
                           .for_content = std::max(settings_->content_timeout, settings_->request_timeout),
                           .late = &late});
    up_ = parts_.registry.make_observed("nearside_redis_up", "Whether Redis is connected and answers in time", {},
                                        [this] { return client_->available() ? 1.0 : 0.0; });
    return {};
}

second_tier::~second_tier() {
    if (client_) stop(steady_time::min());
}

void second_tier::start(const on_thrown& tell) {
    thread_ = std::thread([this, tell] {
        pthread_setname_np(pthread_self(), "redis");
        run_context(context_, tell);
        ended_.set_value();
    });
    std::future<void> greeted = boost::asio::co_spawn(home(), greet(), boost::asio::use_future);
    greeted.wait_for(longest_greeting);
}

boost::asio::awaitable<void> second_tier::greet() {
    auto asking = client_->run(cache::redis_command({}, {"PING"}), longest_greeting);
    co_await std::move(asking);
}

bool second_tier::stop(steady_time write_until) {
    if (!thread_.joinable()) return true;
    if (answers()) store_->wait_until_written(write_until);
    store_->stop();
    client_->stop();
    open_.reset();
    const bool in_time = ended_.get_future().wait_for(longest_end) == std::future_status::ready;
    if (!in_time) context_.stop();
    thread_.join();
    return in_time;
}

void second_tier::run_what_is_left() {
    for (bool found = true; found;) {
        context_.restart();
        found = context_.poll() > 0;
    }
}

}  // namespace nearside::proxy
