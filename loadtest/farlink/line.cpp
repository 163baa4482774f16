#include "loadtest/farlink/line.h"

#include <algorithm>

namespace nearside::farlink {

line::line(const link_settings& settings, std::uint64_t salt) : settings_(settings), noise_(settings.seed * 2 + salt) {}

line::fate line::enter(std::string packet, time now) {
    if (settings_.loss > 0 && std::uniform_real_distribution<double>(0, 1)(noise_) < settings_.loss) {
        ++lost_;
        return fate::lost;
    }
    time leaves = std::max(now, line_free_);
    if (settings_.bits_per_second != 0) {
        const auto rate = static_cast<double>(settings_.bits_per_second);
        // What waits is told by when the line will be free: no second count to keep right.
        const double waiting_bytes = static_cast<double>((leaves - now).count()) * 1e-9 * rate / 8;
        if (waiting_bytes + static_cast<double>(packet.size()) > static_cast<double>(settings_.queue_bytes)) {
            ++refused_;
            return fate::queue_full;
        }
        leaves += time(static_cast<std::int64_t>(static_cast<double>(packet.size()) * 8e9 / rate));
    }
    line_free_ = leaves;
    packets_.push_back({leaves + settings_.one_way(), std::move(packet)});
    return fate::travels;
}

std::optional<line::time> line::next_arrival() const noexcept {
    if (packets_.empty()) return std::nullopt;
    return packets_.front().arrives;
}

std::optional<std::string> line::arrive(time now) {
    if (packets_.empty() || packets_.front().arrives > now) return std::nullopt;
    std::string packet = std::move(packets_.front().packet);
    packets_.pop_front();
    return packet;
}

}  // namespace nearside::farlink
