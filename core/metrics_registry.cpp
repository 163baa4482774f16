#include "core/metrics_registry.h"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <limits>
#include <utility>

namespace nearside {

namespace {

bool is_metric_name(std::string_view name) noexcept {
    return name.starts_with("nearside_") &&
           name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string_view::npos;
}

struct translate {
    prometheus::MetricFamily& family;
    prometheus::ClientMetric& into;

    void operator()(const std::unique_ptr<counter>& of) const {
        family.type = prometheus::MetricType::Counter;
        into.counter.value = static_cast<double>(of->value());
    }
    void operator()(const std::unique_ptr<gauge>& of) const {
        family.type = prometheus::MetricType::Gauge;
        into.gauge.value = static_cast<double>(of->value());
    }
    void operator()(const observed_value& of) const {
        if (family.name.ends_with("_total")) {
            family.type = prometheus::MetricType::Counter;
            into.counter.value = of.ask();
            return;
        }
        family.type = prometheus::MetricType::Gauge;
        into.gauge.value = of.ask();
    }
    void operator()(const std::unique_ptr<histogram>& of) const {
        family.type = prometheus::MetricType::Histogram;
        const histogram::reading read = of->read();
        std::uint64_t below = 0;
        for (std::size_t at = 0; at < read.counts.size(); ++at) {
            below += read.counts[at];
            const bool last = at == of->bounds().size();
            into.histogram.bucket.push_back({below, last ? std::numeric_limits<double>::infinity() : of->bounds()[at]});
        }
        into.histogram.sample_count = below;
        into.histogram.sample_sum = read.sum;
    }
};

}  // namespace

metrics::state::family& metrics::state::find_family(std::string_view name, std::string_view help, std::size_t kind) {
    auto found = families.find(name);
    if (found == families.end()) {
        if (!is_metric_name(name)) throw std::logic_error("not the name of a metric: " + std::string(name));
        found = families.emplace(std::string(name), family{std::string(help), kind, {}}).first;
    }
    if (found->second.kind != kind) throw std::logic_error("a metric of another kind: " + std::string(name));
    return found->second;
}

std::uint64_t metrics::state::observe(std::string_view name, std::string_view help, const metric_labels& labels,
                                      std::function<double()> ask) {
    const std::scoped_lock lock(mutex);
    constexpr std::size_t kind = 3;
    static_assert(std::is_same_v<std::variant_alternative_t<kind, series>, observed_value>);
    family& of = find_family(name, help, kind);
    const std::uint64_t id = next_id++;
    of.members.insert_or_assign(labels, observed_value{id, std::move(ask)});
    return id;
}

void metrics::state::forget(std::uint64_t id) {
    const std::scoped_lock lock(mutex);
    for (auto& [name, of] : families) {
        std::erase_if(of.members, [&](const auto& member) {
            const observed_value* found = std::get_if<observed_value>(&member.second);
            return found != nullptr && found->id == id;
        });
    }
}

std::string metrics::state::text() const {
    const std::scoped_lock lock(mutex);
    std::vector<prometheus::MetricFamily> all;
    for (const auto& [name, of] : families) {
        if (of.members.empty()) continue;
        prometheus::MetricFamily told;
        told.name = name;
        told.help = of.help;
        for (const auto& [labels, value] : of.members) {
            prometheus::ClientMetric metric;
            for (const auto& [label, text] : labels)
                metric.label.push_back({label, text});
            std::visit(translate{told, metric}, value);
            told.metric.push_back(std::move(metric));
        }
        all.push_back(std::move(told));
    }
    return prometheus::TextSerializer().Serialize(all);
}

}  // namespace nearside
