#include "cache/byte_range.h"

#include "core/ascii.h"

#include <algorithm>
#include <charconv>
#include <memory>
#include <utility>

namespace nearside::cache {

namespace {

// Digits and nothing else. Numbers beyond 64 bits are as large as they come: past every end.
std::optional<std::uint64_t> number(std::string_view text) noexcept {
    if (text.empty() || text.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
    std::uint64_t value = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
    return failure == std::errc::result_out_of_range ? ~std::uint64_t{0} : value;
}

enum class reading { invalid, unsatisfiable, satisfiable };

reading read_one(std::string_view spec, std::uint64_t length, byte_range& into) noexcept {
    const auto dash = spec.find('-');
    if (dash == std::string_view::npos) return reading::invalid;
    const std::string_view left = spec.substr(0, dash), right = spec.substr(dash + 1);
    if (left.empty()) {
        const auto suffix = number(right);
        if (!suffix) return reading::invalid;
        if (*suffix == 0 || length == 0) return reading::unsatisfiable;
        into = {length - std::min(*suffix, length), length - 1};
        return reading::satisfiable;
    }
    const auto first = number(left);
    const auto last = right.empty() ? std::optional(~std::uint64_t{0}) : number(right);
    if (!first || !last || *last < *first) return reading::invalid;
    if (*first >= length) return reading::unsatisfiable;
    into = {*first, std::min(*last, length - 1)};
    return reading::satisfiable;
}

bool any_overlap(std::vector<byte_range> ranges) {
    std::sort(ranges.begin(), ranges.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    for (std::size_t at = 1; at < ranges.size(); ++at) {
        if (ranges[at].first <= ranges[at - 1].last) return true;
    }
    return false;
}

std::vector<byte_range> joined(std::vector<byte_range> ranges) {
    std::sort(ranges.begin(), ranges.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    std::vector<byte_range> kept;
    for (const byte_range& each : ranges) {
        if (!kept.empty() && each.first <= kept.back().last) {
            kept.back().last = std::max(kept.back().last, each.last);
        } else {
            kept.push_back(each);
        }
    }
    return kept;
}

slice owned(std::string text) {
    auto kept = std::make_shared<const std::string>(std::move(text));
    const std::string_view bytes = *kept;
    return {std::move(kept), bytes};
}

void append_cut(const body& content, const byte_range& range, std::vector<slice>& into) {
    std::uint64_t begins = 0;
    for (const slice& each : content.slices()) {
        const std::uint64_t ends = begins + each.bytes.size();
        if (ends > range.first && begins <= range.last) {
            const std::uint64_t from = std::max(range.first, begins) - begins;
            const std::uint64_t to = std::min(range.last + 1, ends) - begins;
            into.push_back({each.owner, each.bytes.substr(from, to - from)});
        }
        begins = ends;
    }
}

}  // namespace

range_answer read_ranges(const header_fields& request, std::uint64_t length) {
    range_answer answer;
    if (request.count("range") != 1) return answer;
    const std::string_view value = *request.find("range");
    const auto equals = value.find('=');
    if (equals == std::string_view::npos || !iequals(trimmed(value.substr(0, equals)), "bytes")) return answer;

    bool valid = true;
    std::size_t asked = 0;
    std::uint64_t bytes = 0;
    for_each_member(value.substr(equals + 1), [&](std::string_view spec) {
        byte_range one;
        if (++asked > most_ranges || !valid) return;
        switch (read_one(spec, length, one)) {
            case reading::invalid:
                valid = false;
                break;
            case reading::unsatisfiable:
                break;
            case reading::satisfiable:
                bytes += one.size();
                answer.ranges.push_back(one);
                break;
        }
    });
    if (!valid || asked == 0 || asked > most_ranges) return {};
    if (answer.ranges.empty()) return {range_answer::kind::unsatisfiable, {}};
    if (any_overlap(answer.ranges)) {
        // Overlapping parts are how a small request asks for a huge answer.
        if (bytes > length) return {};
        answer.ranges = joined(std::move(answer.ranges));
    }
    answer.is = range_answer::kind::partial;
    return answer;
}

std::string content_range(const byte_range& range, std::uint64_t length) {
    return "bytes " + std::to_string(range.first) + "-" + std::to_string(range.last) + "/" + std::to_string(length);
}

std::string unsatisfied_range(std::uint64_t length) {
    return "bytes */" + std::to_string(length);
}

body cut(const body& content, const byte_range& range) {
    std::vector<slice> slices;
    append_cut(content, range, slices);
    return body(std::move(slices));
}

body multipart(const body& content, const std::vector<byte_range>& ranges, std::string_view content_type,
               std::string_view boundary) {
    std::vector<slice> slices;
    for (const byte_range& each : ranges) {
        std::string head = "\r\n--" + std::string(boundary) + "\r\n";
        if (slices.empty()) head.erase(0, 2);
        if (!content_type.empty()) head.append("Content-Type: ").append(content_type).append("\r\n");
        head.append("Content-Range: ").append(content_range(each, content.size())).append("\r\n\r\n");
        slices.push_back(owned(std::move(head)));
        append_cut(content, each, slices);
    }
    slices.push_back(owned("\r\n--" + std::string(boundary) + "--\r\n"));
    return body(std::move(slices));
}

}  // namespace nearside::cache
