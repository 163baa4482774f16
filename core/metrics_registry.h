// What stands behind `metrics`: families of series by name, and their translation to prometheus-cpp's values, whose
// serializer writes the text. Internal to core/metrics.cpp. One mutex, held while a series is made or the text is.
#pragma once

#include "core/metrics.h"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace nearside {

struct observed_value {
    std::uint64_t id = 0;
    std::function<double()> ask;
};

struct metrics::state {
    using series =
        std::variant<std::unique_ptr<counter>, std::unique_ptr<gauge>, std::unique_ptr<histogram>, observed_value>;
    struct family {
        std::string help;
        std::size_t kind = 0;  // index of the variant, the same for all
        std::map<metric_labels, series> members;
    };

    template <class Metric, class Make>
    Metric& find_or_make(std::string_view name, std::string_view help, const metric_labels& labels, Make make) {
        const std::scoped_lock lock(mutex);
        const std::size_t kind = series(std::unique_ptr<Metric>()).index();
        family& of = find_family(name, help, kind);
        auto found = of.members.find(labels);
        if (found == of.members.end()) found = of.members.emplace(labels, make()).first;
        return *std::get<std::unique_ptr<Metric>>(found->second);
    }

    std::uint64_t observe(std::string_view name, std::string_view help, const metric_labels& labels,
                          std::function<double()> ask);
    void forget(std::uint64_t id);
    std::string text() const;

    family& find_family(std::string_view name, std::string_view help, std::size_t kind);

    mutable std::mutex mutex;
    std::map<std::string, family, std::less<>> families;
    std::uint64_t next_id = 1;
};

}  // namespace nearside
