#include "aggregators/part_lines.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <string>
#include <utility>

namespace nearside::aggregators {
namespace {

bool breaks_line(std::string_view bytes) noexcept {
    return bytes.find('\n') != std::string_view::npos || bytes.find('\r') != std::string_view::npos;
}

slice without_line_breaks(std::string_view bytes) {
    const std::shared_ptr<char[]> copy = std::make_shared_for_overwrite<char[]>(bytes.size());
    char* const end =
        std::copy_if(bytes.begin(), bytes.end(), copy.get(), [](char c) { return c != '\n' && c != '\r'; });
    return {copy, {copy.get(), static_cast<std::size_t>(end - copy.get())}};
}

slice owned(std::string text) {
    auto owner = std::make_shared<const std::string>(std::move(text));
    const std::string_view bytes = *owner;
    return {std::move(owner), bytes};
}

body line_of(slice begin, const body& data) {
    std::vector<slice> slices;
    slices.reserve(data.slices().size() + 2);
    slices.push_back(std::move(begin));
    for (const slice& each : data.slices())
        slices.push_back(breaks_line(each.bytes) ? without_line_breaks(each.bytes) : each);
    slices.push_back({nullptr, "}\n"});
    return body(std::move(slices));
}

// Finds the values of an object's members while its bytes pass by.
class member_scanner {
public:
    struct range {
        std::size_t begin = 0;
        std::size_t end = 0;
    };

    void scan(std::string_view bytes) {
        for (std::size_t at = 0; at < bytes.size(); ++at) {
            const char c = bytes[at];
            if (in_string_) {
                if (escaped_) {
                    escaped_ = false;
                } else if (c == '\\') {
                    escaped_ = true;
                } else if (c == '"') {
                    in_string_ = false;
                }
                continue;
            }
            if (!is_structure[static_cast<unsigned char>(c)]) continue;
            switch (c) {
                case '"':
                    in_string_ = true;
                    break;
                case '{':
                case '[':
                    ++depth_;
                    break;
                case ':':
                    if (depth_ == 1) begin_ = passed_ + at + 1;
                    break;
                case ',':
                    if (depth_ == 1) end_value(passed_ + at);
                    break;
                default:
                    if (depth_-- == 1 && begin_ != 0) end_value(passed_ + at);
            }
        }
        passed_ += bytes.size();
    }

    const std::vector<range>& found() const noexcept { return found_; }

private:
    static constexpr std::array<bool, 256> is_structure = [] {
        std::array<bool, 256> table{};
        for (const unsigned char c : {'"', '{', '[', ':', ',', ']', '}'})
            table[c] = true;
        return table;
    }();

    void end_value(std::size_t at) { found_.push_back({begin_, at}); }

    std::vector<range> found_;
    std::size_t passed_ = 0;
    std::size_t begin_ = 0;
    std::uint32_t depth_ = 0;
    bool in_string_ = false;
    bool escaped_ = false;
};

}  // namespace

body part_line(std::string_view name, const body& data) {
    std::string begin;
    begin.reserve(name.size() + 20);
    begin.append(R"({"part":)").append(name).append(R"(,"data":)");
    return line_of(owned(std::move(begin)), data);
}

body whole_line(const body& data) {
    return line_of({nullptr, R"({"data":)"}, data);
}

std::vector<body> split_members(const body& object) {
    member_scanner scanner;
    for (const slice& each : object.slices())
        scanner.scan(each.bytes);
    std::vector<body> values;
    values.reserve(scanner.found().size());
    const std::span<const slice> slices = object.slices();
    std::size_t number = 0;
    std::size_t before = 0;  // bytes in front of slice `number`
    for (const auto& [begin, end] : scanner.found()) {
        while (before + slices[number].bytes.size() <= begin)
            before += slices[number++].bytes.size();
        std::vector<slice> parts;
        for (std::size_t at = begin; at < end;) {
            const slice& from = slices[number];
            const std::size_t count = std::min(end - at, before + from.bytes.size() - at);
            parts.push_back({from.owner, from.bytes.substr(at - before, count)});
            at += count;
            if (at < before + from.bytes.size()) break;
            before += from.bytes.size();
            ++number;
        }
        values.emplace_back(std::move(parts));
    }
    return values;
}

bool same_bytes(const body& left, const body& right) noexcept {
    if (left.size() != right.size()) return false;
    const std::span<const slice> ours = left.slices();
    const std::span<const slice> theirs = right.slices();
    std::size_t our = 0, their = 0, our_done = 0, their_done = 0;
    while (our < ours.size() && their < theirs.size()) {
        const std::string_view a = ours[our].bytes.substr(our_done);
        const std::string_view b = theirs[their].bytes.substr(their_done);
        const std::size_t count = std::min(a.size(), b.size());
        if (a.data() != b.data() && std::memcmp(a.data(), b.data(), count) != 0) return false;
        our_done += count;
        their_done += count;
        if (our_done == ours[our].bytes.size()) {
            ++our;
            our_done = 0;
        }
        if (their_done == theirs[their].bytes.size()) {
            ++their;
            their_done = 0;
        }
    }
    return true;
}

}  // namespace nearside::aggregators
