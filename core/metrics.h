// Counters, gauges and histograms, told as Prometheus text. Whoever counts asks the registry once for a series and
// keeps the reference; counting is then one relaxed addition in a cell of the thread's own, and takes no lock. The
// registry is owned by main and outlives everything that counts; any thread may use any of it.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nearside {

// Names and values. Values come from configuration and enums, never from requests: each new one costs memory for good.
using metric_labels = std::vector<std::pair<std::string, std::string>>;

namespace detail {

constexpr std::size_t metric_cells = 8;
constexpr std::size_t cache_line = 64;

// Which cell the calling thread counts in.
std::size_t metric_cell() noexcept;

}  // namespace detail

class counter {
public:
    void add(std::uint64_t count = 1) noexcept {
        cells_[detail::metric_cell()].value.fetch_add(count, std::memory_order_relaxed);
    }
    std::uint64_t value() const noexcept;

private:
    struct alignas(detail::cache_line) cell {
        std::atomic<std::uint64_t> value{0};
    };
    std::array<cell, detail::metric_cells> cells_;
};

class gauge {
public:
    void set(std::int64_t value) noexcept { value_.store(value, std::memory_order_relaxed); }
    void add(std::int64_t difference) noexcept { value_.fetch_add(difference, std::memory_order_relaxed); }
    std::int64_t value() const noexcept { return value_.load(std::memory_order_relaxed); }

private:
    alignas(detail::cache_line) std::atomic<std::int64_t> value_{0};
};

// One more of what a gauge counts, as long as it lives. The gauge outlives it.
class gauge_share {
public:
    gauge_share() = default;
    explicit gauge_share(gauge& of) noexcept : of_(&of) { of.add(1); }
    gauge_share(gauge_share&& other) noexcept : of_(std::exchange(other.of_, nullptr)) {}
    gauge_share& operator=(gauge_share&& other) noexcept {
        std::swap(of_, other.of_);
        gauge_share let_go(std::move(other));
        return *this;
    }
    ~gauge_share() {
        if (of_ != nullptr) of_->add(-1);
    }

private:
    gauge* of_ = nullptr;
};

class histogram {
public:
    struct reading {
        std::vector<std::uint64_t> counts;  // one a bound, and one above the last; not cumulative
        double sum = 0;
    };

    // `bounds` ascending: a value equal to a bound belongs below it.
    explicit histogram(std::vector<double> bounds);

    void observe(double value) noexcept;
    reading read() const;
    const std::vector<double>& bounds() const noexcept { return bounds_; }

private:
    struct alignas(detail::cache_line) cell {
        std::vector<std::atomic<std::uint64_t>> counts;
        std::atomic<double> sum{0};
    };
    std::vector<double> bounds_;
    std::array<cell, detail::metric_cells> cells_;
};

class metrics {
public:
    // Ends what make_observed() began, before whatever the function looks at goes away.
    class observation {
    public:
        observation() = default;
        observation(metrics* of, std::uint64_t id) noexcept : of_(of), id_(id) {}
        observation(observation&& other) noexcept : of_(std::exchange(other.of_, nullptr)), id_(other.id_) {}
        observation& operator=(observation&& other) noexcept;
        ~observation();

    private:
        metrics* of_ = nullptr;
        std::uint64_t id_ = 0;
    };

    metrics();
    ~metrics();
    metrics(const metrics&) = delete;
    metrics& operator=(const metrics&) = delete;

    // The series of that name and labels, made at the first call. Names start with `nearside_`; a counter's ends in
    // `_total`, a histogram's in its unit. A name that breaks this, or that is taken by another kind, is a mistake in
    // the program and throws std::logic_error.
    counter& make_counter(std::string_view name, std::string_view help, const metric_labels& labels = {});
    gauge& make_gauge(std::string_view name, std::string_view help, const metric_labels& labels = {});
    histogram& make_histogram(std::string_view name, std::string_view help, std::vector<double> bounds,
                              const metric_labels& labels = {});

    // A gauge, or with a name that ends in `_total` a counter, that is asked when the text is made: for what its owner
    // counts anyway. `ask` must not use the registry.
    [[nodiscard]] observation make_observed(std::string_view name, std::string_view help, const metric_labels& labels,
                                            std::function<double()> ask);

    // The Prometheus text format 0.0.4, families by name.
    std::string exposition() const;

private:
    struct state;
    std::unique_ptr<state> state_;
};

// Bounds in seconds, from half a millisecond to half a minute: what a request over a far link can take.
std::vector<double> latency_bounds();

}  // namespace nearside
