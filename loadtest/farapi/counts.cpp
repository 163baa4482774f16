#include "loadtest/farapi/counts.h"

#include "loadtest/farapi/json_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace nearside::farapi {

namespace {

constexpr std::size_t most_names = 20'000;  // distinct targets told apart; later ones only count in `requests`

void count(std::map<std::string, std::uint64_t>& in, std::string name) {
    if (in.size() < most_names || in.contains(name)) ++in[std::move(name)];
}

void append_map(std::string& out, const std::map<std::string, std::uint64_t>& counts) {
    out += "{";
    bool first = true;
    for (const auto& [name, value] : counts) {
        if (!first) out += ",";
        first = false;
        append_json_string(out, name);
        out += ":";
        append_number(out, value);
    }
    out += "}";
}

}  // namespace

void request_counts::request_started(const request_head& asked, std::uint64_t& last_used) {
    if (std::exchange(last_used, epoch_) != epoch_) ++used_;
    ++requests_;
    most_in_flight_ = std::max(most_in_flight_, ++in_flight_);
    if (asked.fields.contains("If-None-Match")) ++conditional_;
    count(by_path_, asked.method + " " + std::string(asked.path()));
    count(by_target_, asked.method + " " + asked.target);
}

void request_counts::request_ended(bool not_modified, std::uint64_t body_bytes, std::uint64_t wire_bytes) {
    if (in_flight_ > 0) --in_flight_;
    if (not_modified) ++not_modified_;
    body_bytes_ += body_bytes;
    wire_bytes_ += wire_bytes;
}

std::string request_counts::to_json() const {
    std::string out = fmt::format(
        R"({{"requests":{},"conditional":{},"not_modified":{},"body_bytes":{},"wire_bytes":{},"in_flight":{},"most_in_flight":{},)"
        R"("connections":{{"accepted":{},"open":{},"used":{}}},"paths":)",
        requests_, conditional_, not_modified_, body_bytes_, wire_bytes_, in_flight_, most_in_flight_, accepted_, open_,
        used_);
    append_map(out, by_path_);
    out += R"(,"targets":)";
    append_map(out, by_target_);
    return out + "}";
}

void request_counts::reset() {
    const auto open = open_;
    const auto in_flight = in_flight_;
    const auto epoch = epoch_;
    *this = {};
    epoch_ = epoch + 1;
    open_ = open;
    in_flight_ = most_in_flight_ = in_flight;
}

}  // namespace nearside::farapi
