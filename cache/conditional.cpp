#include "cache/conditional.h"

#include "core/ascii.h"

#include <algorithm>
#include <array>
#include <string>

namespace nearside::cache {

namespace {

bool is_weak(std::string_view tag) noexcept {
    return tag.starts_with("W/");
}

std::string_view opaque(std::string_view tag) noexcept {
    return is_weak(tag) ? tag.substr(2) : tag;
}

// Each entity tag of a list (RFC 9110 8.8.3): a comma inside of quotes belongs to the tag, and a backslash is a letter
// like any other. What has no quotes is handed on as it is.
template <class Each>
bool any_tag(std::string_view list, Each matches) {
    while (!list.empty()) {
        const std::size_t start = std::min(list.find_first_not_of(" \t,"), list.size());
        list.remove_prefix(start);
        if (list.empty()) break;
        const std::size_t open = is_weak(list) ? 2 : 0;
        std::size_t end = std::string_view::npos;
        if (list.substr(open).starts_with('"')) {
            const std::size_t close = list.find('"', open + 1);
            if (close != std::string_view::npos) end = close + 1;
        }
        if (end == std::string_view::npos) end = std::min(list.find(','), list.size());
        if (matches(trimmed(list.substr(0, end)))) return true;
        list.remove_prefix(end);
    }
    return false;
}

// `*` stands for any current representation (13.1.1, 13.1.2).
template <class Equal>
bool list_matches(const header_fields& request, std::string_view name, std::optional<std::string_view> etag,
                  Equal equal) {
    const std::string list = request.combined(name);
    if (trimmed(list) == "*") return true;
    return etag && any_tag(list, [&](std::string_view tag) { return equal(tag, *etag); });
}

// A condition on a date that is no date, or comes twice, is none (13.1.3, 13.1.4).
std::optional<http_time> single_date(const header_fields& request, std::string_view name, http_time now) {
    if (request.count(name) != 1) return std::nullopt;
    return parse_http_date(*request.find(name), now);
}

bool is_success(int status) noexcept {
    return status >= 200 && status <= 299;
}

// 13.1.1, 13.1.4: what the client has seen must be what there is.
bool changes_lost(const header_fields& request, std::optional<std::string_view> etag,
                  std::optional<http_time> last_modified, http_time now) {
    if (request.contains("if-match")) return !list_matches(request, "if-match", etag, strongly_equal);
    const auto since = single_date(request, "if-unmodified-since", now);
    return since && last_modified && *last_modified > *since;
}

bool is_of_exchange_or_content(std::string_view name) noexcept {
    static constexpr std::array<std::string_view, 12> names = {
        "connection", "keep-alive",        "proxy-connection",   "te",
        "upgrade",    "transfer-encoding", "proxy-authenticate", "proxy-authorization",
        "trailer",    "content-length",    "content-encoding",   "content-range"};
    if (iequals(name, "proxy-authentication-info")) return true;
    return std::any_of(names.begin(), names.end(), [name](std::string_view each) { return iequals(name, each); });
}

// What a section says itself that belongs to its connection alone (RFC 9110 7.6.1).
bool is_listed(const header_fields& fields, std::string_view name) {
    bool listed = false;
    for (const header_fields::field& each : fields) {
        if (!iequals(each.name, "connection")) continue;
        for_each_member(each.value, [&](std::string_view option) { listed = listed || iequals(option, name); });
    }
    return listed;
}

bool same_date(std::string_view left, std::string_view right) {
    // The two-digit years of the obsolete form are placed alike, whenever that is.
    constexpr http_time sometime{};
    const auto first = parse_http_date(left, sometime), second = parse_http_date(right, sometime);
    return first && second ? *first == *second : left == right;
}

}  // namespace

bool weakly_equal(std::string_view left, std::string_view right) noexcept {
    return opaque(left) == opaque(right);
}

bool strongly_equal(std::string_view left, std::string_view right) noexcept {
    return !is_weak(left) && left == right;
}

precondition evaluate(std::string_view method, const header_fields& request, int stored_status,
                      std::optional<std::string_view> etag, std::optional<http_time> last_modified, http_time now,
                      evaluator who) {
    if (!is_success(stored_status) || method == "CONNECT" || method == "OPTIONS" || method == "TRACE") {
        return precondition::pass;
    }
    if (who == evaluator::origin && changes_lost(request, etag, last_modified, now)) return precondition::failed;

    const bool reads = method == "GET" || method == "HEAD";
    if (request.contains("if-none-match")) {
        if (!list_matches(request, "if-none-match", etag, weakly_equal)) return precondition::pass;
        if (reads) return precondition::not_modified;
        return who == evaluator::origin ? precondition::failed : precondition::pass;
    }
    if (!reads || !last_modified) return precondition::pass;
    const auto since = single_date(request, "if-modified-since", now);
    return since && *last_modified <= *since ? precondition::not_modified : precondition::pass;
}

bool is_for_origin(const header_fields& request) {
    return request.contains("if-match") || request.contains("if-unmodified-since");
}

http_time modified_when(const validators& stored, http_time received, http_time now) {
    if (stored.last_modified) {
        if (const auto when = parse_http_date(*stored.last_modified, now)) return *when;
    }
    if (stored.date) {
        if (const auto when = parse_http_date(*stored.date, now)) return *when;
    }
    return received;
}

bool if_range_holds(const header_fields& request, const validators& stored, http_time now) {
    const auto wanted = request.find("if-range");
    if (!wanted) return true;
    if (request.count("if-range") != 1) return false;
    if (wanted->find('"') != std::string_view::npos) return stored.etag && strongly_equal(*wanted, *stored.etag);
    if (!stored.last_modified || !stored.date) return false;
    const auto asked = parse_http_date(*wanted, now), modified = parse_http_date(*stored.last_modified, now),
               made = parse_http_date(*stored.date, now);
    return asked && modified && made && *asked == *modified && *made >= *modified + std::chrono::seconds{1};
}

header_fields validation_fields(const validators& stored) {
    header_fields fields;
    if (stored.etag && !stored.etag->empty()) fields.append("If-None-Match", *stored.etag);
    if (stored.last_modified) fields.append("If-Modified-Since", *stored.last_modified);
    return fields;
}

bool freshens(const validators& stored, const header_fields& not_modified) {
    const validators told = validators_of(not_modified);
    if (told.etag) {
        if (!stored.etag) return false;
        return is_weak(*told.etag) ? weakly_equal(*told.etag, *stored.etag) : strongly_equal(*told.etag, *stored.etag);
    }
    if (told.last_modified && stored.last_modified) return same_date(*told.last_modified, *stored.last_modified);
    // Without a validator that could be compared: it answers the only one that was sent.
    return true;
}

header_fields merged(const header_fields& stored, const header_fields& update) {
    header_fields taken;
    for (const header_fields::field& each : update) {
        if (is_of_exchange_or_content(each.name) || is_listed(update, each.name)) continue;
        taken.append(each.name, each.value);
    }
    header_fields all;
    for (const header_fields::field& each : stored) {
        const bool renewed = taken.contains(each.name) || iequals(each.name, "age") || iequals(each.name, "date");
        if (!renewed) all.append(each.name, each.value);
    }
    for (const header_fields::field& each : taken)
        all.append(each.name, each.value);
    return all;
}

head_effect head_updates(const validators& stored, std::uint64_t stored_length, const response_head& answer) {
    if (answer.status != 200) return head_effect::none;
    const validators told = validators_of(answer.fields);
    if (told.etag && (!stored.etag || !weakly_equal(*told.etag, *stored.etag))) return head_effect::invalidate;
    if (told.last_modified && (!stored.last_modified || !same_date(*told.last_modified, *stored.last_modified))) {
        return head_effect::invalidate;
    }
    if (const auto length = answer.fields.find("content-length")) {
        if (*length != std::to_string(stored_length)) return head_effect::invalidate;
    }
    return head_effect::freshen;
}

}  // namespace nearside::cache
