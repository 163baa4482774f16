#include "core/http_message.h"

#include "core/ascii.h"

#include <boost/beast/http/status.hpp>

#include <algorithm>
#include <array>
#include <ostream>
#include <utility>

namespace nearside {

bool iequals(std::string_view left, std::string_view right) noexcept {
    return left.size() == right.size() && std::equal(left.begin(), left.end(), right.begin(),
                                                     [](char a, char b) { return to_lower(a) == to_lower(b); });
}

void header_fields::append(std::string_view name, std::string_view value) {
    index_.push_back({static_cast<std::uint32_t>(bytes_.size()), static_cast<std::uint32_t>(name.size()),
                      static_cast<std::uint32_t>(value.size())});
    const std::size_t size = bytes_.size() + name.size() + value.size();
    if (size <= bytes_.capacity()) {
        bytes_.append(name).append(value);
        return;
    }
    // The old bytes stay until both are copied: they may be what is being appended.
    std::string larger;
    larger.reserve(std::max(size, 2 * bytes_.capacity()));
    larger.append(bytes_).append(name).append(value);
    bytes_ = std::move(larger);
}

void header_fields::set(std::string_view name, std::string_view value) {
    // `value` may point into this section.
    const std::string kept_name(name);
    const std::string kept_value(value);
    erase(kept_name);
    append(kept_name, kept_value);
}

std::size_t header_fields::erase(std::string_view name) {
    header_fields kept;
    std::size_t removed = 0;
    for (const field& each : *this) {
        if (iequals(each.name, name)) {
            ++removed;
        }
    }
    if (removed == 0) return 0;
    kept.bytes_.reserve(bytes_.size());
    kept.index_.reserve(index_.size());
    for (const field& each : *this) {
        if (!iequals(each.name, name)) kept.append(each.name, each.value);
    }
    *this = std::move(kept);
    return removed;
}

void header_fields::clear() noexcept {
    bytes_.clear();
    index_.clear();
}

std::optional<std::string_view> header_fields::find(std::string_view name) const noexcept {
    for (const entry& each : index_) {
        if (each.name_size != name.size()) continue;
        const field found = (*this)[static_cast<std::size_t>(&each - index_.data())];
        if (iequals(found.name, name)) return found.value;
    }
    return std::nullopt;
}

std::size_t header_fields::count(std::string_view name) const noexcept {
    std::size_t found = 0;
    for (const field& each : *this)
        found += iequals(each.name, name) ? 1 : 0;
    return found;
}

std::string header_fields::combined(std::string_view name) const {
    std::string joined;
    bool first = true;
    for (const field& each : *this) {
        if (!iequals(each.name, name)) continue;
        if (!first) joined += ", ";
        joined += each.value;
        first = false;
    }
    return joined;
}

header_fields::field header_fields::operator[](std::size_t position) const noexcept {
    const entry& at = index_[position];
    const std::string_view all = bytes_;
    return {all.substr(at.offset, at.name_size), all.substr(at.offset + at.name_size, at.value_size)};
}

std::size_t header_fields::memory() const noexcept {
    return bytes_.capacity() + index_.capacity() * sizeof(entry);
}

void header_fields::write_to(std::string& out) const {
    for (const field& each : *this) {
        out.append(each.name).append(": ").append(each.value).append("\r\n");
    }
}

void remove_hop_by_hop(header_fields& fields) {
    std::vector<std::string> listed;
    for (const header_fields::field& each : fields) {
        if (!iequals(each.name, "connection")) continue;
        for_each_member(each.value, [&](std::string_view option) { listed.emplace_back(option); });
    }
    for (const std::string& name : listed)
        fields.erase(name);
    static constexpr std::array<std::string_view, 8> always = {
        "connection",        "keep-alive", "proxy-connection",   "te",
        "transfer-encoding", "upgrade",    "proxy-authenticate", "proxy-authorization"};
    for (const std::string_view name : always)
        fields.erase(name);
}

std::string_view target_path(std::string_view target) noexcept {
    return target.substr(0, target.find('?'));
}

std::string_view target_query(std::string_view target) noexcept {
    const auto mark = target.find('?');
    return mark == std::string_view::npos ? std::string_view{} : target.substr(mark + 1);
}

std::string_view reason_phrase(int status) noexcept {
    const auto known = boost::beast::http::int_to_status(static_cast<unsigned>(status));
    if (known == boost::beast::http::status::unknown) return "Unknown";
    const auto phrase = boost::beast::http::obsolete_reason(known);
    return {phrase.data(), phrase.size()};
}

bool is_safe_method(std::string_view method) noexcept {
    static constexpr std::array<std::string_view, 8> safe = {"GET",      "HEAD",   "OPTIONS", "TRACE",
                                                             "PROPFIND", "REPORT", "SEARCH",  "QUERY"};
    return std::find(safe.begin(), safe.end(), method) != safe.end();
}

bool is_idempotent_method(std::string_view method) noexcept {
    return is_safe_method(method) || method == "PUT" || method == "DELETE";
}

}  // namespace nearside
