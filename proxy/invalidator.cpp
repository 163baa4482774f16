#include "proxy/invalidator.h"

#include "cache/invalidation_log.h"
#include "cache/moment.h"

#include <algorithm>
#include <utility>

namespace nearside::proxy {

namespace asio = boost::asio;

void invalidator::use(std::shared_ptr<cache::invalidation_log> log, milliseconds patience_of_writes,
                      std::function<void(const std::string& key)> erase) {
    log_ = std::move(log);
    patience_of_writes_ = patience_of_writes;
    erase_ = std::move(erase);
}

asio::awaitable<invalidation_outcome> invalidator::apply(cache::invalidation_order order) {
    return carry_out(std::move(order), patience);
}

asio::awaitable<void> invalidator::apply_write(cache::invalidation_order order) {
    auto carrying = carry_out(std::move(order), patience_of_writes_);
    const invalidation_outcome outcome = co_await std::move(carrying);
    static_cast<void>(outcome);
}

asio::awaitable<invalidation_outcome> invalidator::carry_out(cache::invalidation_order order, milliseconds limit) {
    invalidation_outcome outcome;
    outcome.keys_stored = stored_keys(order);
    if (order.empty() || order.how == cache::invalidation::none) co_return outcome;
    if (log_ != nullptr) {
        auto telling = cache::invalidation_log::tell(log_, order, limit);
        cache::invalidation_confirmation told = co_await std::move(telling);
        outcome.nodes = told.nodes;
        outcome.confirmed = told.confirmed;
        outcome.trouble = std::move(told.trouble);
        // What the log holds was applied with what came before it.
        if (told.in_log) co_return outcome;
    }
    epochs_.invalidate(order);
    erase_keys(order);
    co_return outcome;
}

std::size_t invalidator::stored_keys(const cache::invalidation_order& order) const {
    const auto is_stored = [this](const std::string& key) { return store_.peek(key) != nullptr; };
    return static_cast<std::size_t>(std::count_if(order.keys.begin(), order.keys.end(), is_stored));
}

// What is gone needn't be kept until somebody looks for it; the epochs strike what is just being fetched.
void invalidator::erase_keys(const cache::invalidation_order& order) {
    if (order.how != cache::invalidation::hard) return;
    for (const std::string& key : order.keys) {
        store_.erase(key);
        if (erase_) erase_(key);
    }
}

void invalidator::apply(const cache::invalidation_record& record) {
    epochs_.apply(record.order, record.sequence);
    erase_keys(record.order);
}

void invalidator::strike_all(std::uint64_t sequence) {
    epochs_.strike_all(sequence);
}

void invalidator::advance(std::uint64_t sequence) {
    epochs_.advance(sequence);
}

std::uint64_t invalidator::present() const {
    return cache::sequence_of(epochs_.now());
}

}  // namespace nearside::proxy
