#include "proxy/cli_table.h"

#include "core/utf8.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace nearside::proxy {

namespace {

constexpr std::uint64_t step = 1024;

std::string tenths(double value, std::string_view unit) {
    constexpr double whole_from = 10;
    std::string made = value < whole_from ? fmt::format("{:.1f}", value) : fmt::format("{:.0f}", value);
    if (made.ends_with(".0")) made.resize(made.size() - 2);
    return made.append(unit);
}

std::size_t width_of(std::string_view text) noexcept {
    constexpr unsigned continues = 0x80, mask = 0xC0;
    return static_cast<std::size_t>(std::count_if(
        text.begin(), text.end(), [](char each) { return (static_cast<unsigned char>(each) & mask) != continues; }));
}

void append_line(std::string& out, const std::vector<std::string>& row, const std::vector<table::column>& columns,
                 const std::vector<std::size_t>& widths) {
    for (std::size_t at = 0; at < row.size(); ++at) {
        const std::string padding(widths[at] - width_of(row[at]), ' ');
        const bool is_last = at + 1 == row.size();
        if (columns[at].right) out += padding;
        out += row[at];
        if (!columns[at].right && !is_last) out += padding;
        if (!is_last) out += "  ";
    }
    out += '\n';
}

}  // namespace

std::string shown(std::string_view text) {
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t size = utf8_sequence(text, at);
        const auto first = static_cast<unsigned char>(text[at]);
        // C0, DEL, what is no UTF-8, and C1.
        const bool is_control = size == 0 || first < 0x20 || first == 0x7F ||
                                (first == 0xC2 && static_cast<unsigned char>(text[at + 1]) < 0xA0);
        if (is_control) {
            out += '?';
        } else {
            out.append(text.substr(at, size));
        }
        at += std::max<std::size_t>(size, 1);
    }
    return out;
}

std::string shown(milliseconds span) {
    constexpr double second = 1'000, minute = 60 * second, hour = 60 * minute, day = 24 * hour;
    const auto count = static_cast<double>(span.count());
    if (count < second) return std::to_string(span.count()) + "ms";
    if (count < minute) return tenths(count / second, "s");
    if (count < hour) return tenths(count / minute, "m");
    if (count < 2 * day) return tenths(count / hour, "h");
    return tenths(count / day, "d");
}

std::string shown_bytes(std::uint64_t bytes) {
    constexpr std::array<std::string_view, 4> units = {" KiB", " MiB", " GiB", " TiB"};
    if (bytes < step) return std::to_string(bytes) + " B";
    auto value = static_cast<double>(bytes) / step;
    std::size_t unit = 0;
    while (value >= step && unit + 1 < units.size()) {
        value /= step;
        ++unit;
    }
    return tenths(value, units.at(unit));
}

std::string table::to_string() const {
    std::vector<std::string> names;
    std::vector<std::size_t> widths;
    for (std::size_t at = 0; at < columns.size(); ++at) {
        names.push_back(columns[at].name);
        std::size_t width = width_of(columns[at].name);
        for (const std::vector<std::string>& row : rows)
            width = std::max(width, width_of(row[at]));
        widths.push_back(width);
    }
    std::string out;
    append_line(out, names, columns, widths);
    for (const std::vector<std::string>& row : rows)
        append_line(out, row, columns, widths);
    return out;
}

}  // namespace nearside::proxy
