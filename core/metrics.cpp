#include "core/metrics.h"

#include "core/metrics_registry.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace nearside {

std::size_t detail::metric_cell() noexcept {
    static std::atomic<std::size_t> threads{0};
    thread_local const std::size_t own = threads.fetch_add(1, std::memory_order_relaxed) % metric_cells;
    return own;
}

std::uint64_t counter::value() const noexcept {
    std::uint64_t total = 0;
    for (const cell& each : cells_)
        total += each.value.load(std::memory_order_relaxed);
    return total;
}

histogram::histogram(std::vector<double> bounds) : bounds_(std::move(bounds)) {
    if (!std::is_sorted(bounds_.begin(), bounds_.end())) throw std::logic_error("histogram bounds do not ascend");
    for (cell& each : cells_)
        each.counts = std::vector<std::atomic<std::uint64_t>>(bounds_.size() + 1);
}

void histogram::observe(double value) noexcept {
    const auto bucket = std::lower_bound(bounds_.begin(), bounds_.end(), value) - bounds_.begin();
    cell& own = cells_[detail::metric_cell()];
    own.counts[static_cast<std::size_t>(bucket)].fetch_add(1, std::memory_order_relaxed);
    own.sum.fetch_add(value, std::memory_order_relaxed);
}

histogram::reading histogram::read() const {
    reading total{std::vector<std::uint64_t>(bounds_.size() + 1), 0};
    for (const cell& each : cells_) {
        for (std::size_t at = 0; at < total.counts.size(); ++at) {
            total.counts[at] += each.counts[at].load(std::memory_order_relaxed);
        }
        total.sum += each.sum.load(std::memory_order_relaxed);
    }
    return total;
}

metrics::observation& metrics::observation::operator=(observation&& other) noexcept {
    std::swap(of_, other.of_);
    std::swap(id_, other.id_);
    return *this;
}

metrics::observation::~observation() {
    if (of_ != nullptr) of_->state_->forget(id_);
}

metrics::metrics() : state_(std::make_unique<state>()) {}

metrics::~metrics() = default;

counter& metrics::make_counter(std::string_view name, std::string_view help, const metric_labels& labels) {
    if (!name.ends_with("_total")) throw std::logic_error("a counter's name ends in _total: " + std::string(name));
    return state_->find_or_make<counter>(name, help, labels, [] { return std::make_unique<counter>(); });
}

gauge& metrics::make_gauge(std::string_view name, std::string_view help, const metric_labels& labels) {
    return state_->find_or_make<gauge>(name, help, labels, [] { return std::make_unique<gauge>(); });
}

histogram& metrics::make_histogram(std::string_view name, std::string_view help, std::vector<double> bounds,
                                   const metric_labels& labels) {
    return state_->find_or_make<histogram>(name, help, labels,
                                           [&] { return std::make_unique<histogram>(std::move(bounds)); });
}

metrics::observation metrics::make_observed(std::string_view name, std::string_view help, const metric_labels& labels,
                                            std::function<double()> ask) {
    return {this, state_->observe(name, help, labels, std::move(ask))};
}

std::string metrics::exposition() const {
    return state_->text();
}

std::vector<double> latency_bounds() {
    return {0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30};
}

}  // namespace nearside
