#include "loadtest/farapi/metrics.h"

#include "loadtest/farapi/json_text.h"
#include "loadtest/farapi/mix.h"

#include <cmath>
#include <cstring>

namespace nearside::farapi {

namespace {

constexpr std::uint64_t bytes_a_point = 51;

// 0.dddddd
void append_fraction(std::string& out, std::uint32_t millionths) {
    char text[8] = {'0', '.', '0', '0', '0', '0', '0', '0'};
    for (int at = 7; at > 1 && millionths != 0; --at, millionths /= 10) {
        text[at] = static_cast<char>('0' + millionths % 10);
    }
    out.append(text, sizeof text);
}

}  // namespace

std::uint64_t metrics_bytes(std::uint32_t points) noexcept {
    return 100 + bytes_a_point * points;
}

std::string metrics_document(std::uint64_t seed, const job& of, std::uint32_t points) {
    std::string out;
    out.reserve(metrics_bytes(points));
    out += R"({"job_id":)";
    append_number(out, of.id);
    out += R"(,"progress_percent":)";
    append_number(out, of.progress_percent);
    out += R"(,"points":[)";
    const double reached = of.progress_percent / 100.0;
    for (std::uint32_t step = 0; step < points; ++step) {
        const double at = reached * (step + 1) / points;
        const std::uint64_t noise = mix(seed, of.id, step);
        const double loss = 0.9 / (1.0 + 8.0 * at) + static_cast<double>(noise & 0xffff) / 65536.0 * 0.04;
        const double accuracy = 0.95 - 0.9 * loss + static_cast<double>(noise >> 48) / 65536.0 * 0.02;
        out += step == 0 ? R"({"step":)" : R"(,{"step":)";
        append_number(out, step);
        out += R"(,"loss":)";
        append_fraction(out, static_cast<std::uint32_t>(loss * 1e6));
        out += R"(,"accuracy":)";
        append_fraction(out, static_cast<std::uint32_t>(accuracy * 1e6));
        out += "}";
    }
    out += "]}";
    return out;
}

}  // namespace nearside::farapi
