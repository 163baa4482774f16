#include "proxy/stream_places.h"

#include <utility>

namespace nearside::proxy {

stream_places::place& stream_places::place::operator=(place&& other) noexcept {
    if (this == &other) return *this;
    give_back();
    of_ = std::move(other.of_);
    client_ = std::move(other.client_);
    return *this;
}

void stream_places::place::give_back() noexcept {
    if (const auto of = std::exchange(of_, nullptr)) of->give_back(client_);
}

stream_places::granted stream_places::take(std::string_view client, std::uint32_t most, std::uint32_t most_of_client) {
    const std::lock_guard lock(mutex_);
    if (taken_ >= most) return {refusal::all_taken};
    auto known = by_client_.find(client);
    if (known == by_client_.end()) known = by_client_.emplace(std::string(client), 0).first;
    if (known->second >= most_of_client) return {refusal::client_has_too_many};
    ++known->second;
    ++taken_;
    return {refusal::none, place(shared_from_this(), std::string(client))};
}

std::size_t stream_places::count() const {
    const std::lock_guard lock(mutex_);
    return taken_;
}

void stream_places::give_back(const std::string& client) noexcept {
    const std::lock_guard lock(mutex_);
    --taken_;
    const auto known = by_client_.find(client);
    if (--known->second == 0) by_client_.erase(known);
}

}  // namespace nearside::proxy
