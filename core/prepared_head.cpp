#include "core/prepared_head.h"

#include "core/heap_size.h"

#include <algorithm>
#include <array>
#include <span>

namespace nearside {

namespace {

// The order of fields in the text: what a multipart 206 replaces, what a 304 leaves out, what every answer carries.
enum class place : std::uint8_t { type, of_representation, everywhere, nowhere };

bool is_one_of(std::string_view name, std::span<const std::string_view> names) noexcept {
    return std::ranges::any_of(names, [name](std::string_view each) { return iequals(each, name); });
}

place place_of(std::string_view name) noexcept {
    static constexpr std::array<std::string_view, 6> of_session = {
        "connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade", "content-length"};
    // Not ETag, Last-Modified, Content-Location: caches update what they hold by them (RFC 9110 15.4.5).
    static constexpr std::array<std::string_view, 8> of_representation = {
        "content-encoding", "content-language", "content-range", "content-disposition",
        "content-md5",      "content-digest",   "repr-digest",   "digest"};
    if (iequals(name, "content-type")) return place::type;
    if (is_one_of(name, of_representation)) return place::of_representation;
    return is_one_of(name, of_session) ? place::nowhere : place::everywhere;
}

bool breaks_line(std::string_view text) noexcept {
    return text.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos;
}

constexpr std::string_view separator = ": ";
constexpr std::string_view line_end = "\r\n";

}  // namespace

prepared_head::prepared_head(const response_head& head) : status_(static_cast<std::uint16_t>(head.status)) {
    const std::string_view version = "HTTP/1.1 ";
    const std::string status = std::to_string(head.status);
    const std::string_view phrase = reason_phrase(head.status);
    std::size_t size = version.size() + status.size() + 1 + phrase.size() + line_end.size();
    for (const header_fields::field& each : head.fields)
        size += each.name.size() + separator.size() + each.value.size() + line_end.size();
    text_.reserve(size);
    text_.append(version).append(status).append(" ").append(phrase).append(line_end);
    const auto here = [this] { return static_cast<std::uint32_t>(text_.size()); };
    const auto write = [&](place wanted) {
        for (const header_fields::field& each : head.fields) {
            if (place_of(each.name) != wanted || breaks_line(each.name) || breaks_line(each.value)) continue;
            text_.append(each.name).append(separator).append(each.value).append(line_end);
            has_date_ |= iequals(each.name, "date");
        }
    };
    lines_at_ = here();
    write(place::type);
    untyped_at_ = here();
    write(place::of_representation);
    not_modified_at_ = here();
    write(place::everywhere);
    text_.shrink_to_fit();
}

header_fields::field prepared_head::take_line(std::string_view& lines) noexcept {
    const std::size_t end = lines.find('\r');
    const std::string_view line = lines.substr(0, end);
    lines.remove_prefix(end + line_end.size());
    const std::size_t colon = line.find(':');
    return {line.substr(0, colon), line.substr(colon + separator.size())};
}

std::optional<std::string_view> prepared_head::find(std::string_view name) const noexcept {
    std::string_view left = lines();
    while (!left.empty()) {
        const header_fields::field one = take_line(left);
        if (iequals(one.name, name)) return one.value;
    }
    return std::nullopt;
}

header_fields prepared_head::fields() const {
    header_fields copied;
    for_each([&](std::string_view name, std::string_view value) { copied.append(name, value); });
    return copied;
}

head_view prepared_head::whole() const noexcept {
    return {status_, std::string_view(text_).substr(0, lines_at_), lines(), has_date_};
}

head_view prepared_head::not_modified() const noexcept {
    return {304, "HTTP/1.1 304 Not Modified\r\n", std::string_view(text_).substr(not_modified_at_), has_date_};
}

head_view prepared_head::partial() const noexcept {
    return {206, "HTTP/1.1 206 Partial Content\r\n", lines(), has_date_};
}

head_view prepared_head::partial_without_type() const noexcept {
    return {206, "HTTP/1.1 206 Partial Content\r\n", std::string_view(text_).substr(untyped_at_), has_date_};
}

std::size_t prepared_head::memory() const noexcept {
    return heap_bytes_of(text_);
}

}  // namespace nearside
