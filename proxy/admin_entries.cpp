#include "proxy/admin_entries.h"

#include "cache/path_pattern.h"
#include "config/complain.h"
#include "core/content_hash.h"
#include "core/json_string.h"
#include "core/percent_encoding.h"
#include "proxy/offload.h"
#include "proxy/query_pairs.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace nearside::proxy {

namespace {

// A few milliseconds of a worker.
constexpr std::size_t looks_a_turn = 2'048;
// What telling an entry costs beside looking at it.
constexpr std::size_t looks_a_telling = 8;
// Places of the index that are looked at in one hold of a lock.
constexpr std::size_t stretch = 64;
// What one page may cost: the cursor goes on from there.
constexpr std::size_t looks_a_page = 500'000;
// A cursor beyond them was not made here.
constexpr std::uint64_t most_places = std::uint64_t{1} << 48U;

std::string hexadecimal(std::uint64_t number) {
    std::array<char, 16> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number, 16).ptr;
    return {digits.data(), end};
}

template <class Number>
bool read_whole(std::string_view text, Number& into, int base) noexcept {
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), into, base);
    return !text.empty() && failed == std::errc{} && end == text.data() + text.size();
}

error refused(std::string why) {
    return {errc::bad_request, std::move(why)};
}

std::optional<error> read_parameter(std::string_view name, const std::string& value, entries_question& into) {
    if (name == "match") {
        if (value.size() > entries_question::longest_match) {
            return refused("`match` is longer than " + std::to_string(entries_question::longest_match) + " bytes");
        }
        into.match = value;
        return std::nullopt;
    }
    if (name == "limit") {
        if (read_whole(value, into.limit, 10) && into.limit >= 1 && into.limit <= entries_question::most) {
            return std::nullopt;
        }
        return refused("`limit` is a number from 1 to " + std::to_string(entries_question::most));
    }
    if (name == "cursor") {
        const std::optional<entries_cursor> cursor = entries_cursor::parse(value);
        if (!cursor) return refused("`cursor` is not one that a page ended with");
        into.from = *cursor;
        return std::nullopt;
    }
    return refused("unknown parameter " + config::quote(name) + "; " +
                   config::suggest_name(name, {"match", "limit", "cursor"}));
}

}  // namespace

std::string entries_cursor::to_text() const {
    return hexadecimal(at.shard) + '-' + hexadecimal(at.place) + '-' + hexadecimal(after);
}

std::optional<entries_cursor> entries_cursor::parse(std::string_view text) {
    entries_cursor read;
    const std::size_t first = text.find('-');
    if (first == std::string_view::npos) return std::nullopt;
    const std::size_t second = text.find('-', first + 1);
    if (second == std::string_view::npos) return std::nullopt;
    const bool good = read_whole(text.substr(0, first), read.at.shard, 16) &&
                      read_whole(text.substr(first + 1, second - first - 1), read.at.place, 16) &&
                      read_whole(text.substr(second + 1), read.after, 16) && read.at.place < most_places;
    if (!good) return std::nullopt;
    return read;
}

result<entries_question> read_entries_question(std::string_view query) {
    entries_question asked;
    std::optional<error> wrong;
    std::vector<std::string> seen;
    for_each_query_pair(query, [&](const query_pair& pair) {
        if (wrong || pair.whole.empty()) return;
        const std::optional<std::string> name = percent_decoded(pair.name, true);
        const std::optional<std::string> value = percent_decoded(pair.value, true);
        if (!name || !value) {
            wrong = refused("the query is not percent-encoded right");
        } else if (std::find(seen.begin(), seen.end(), *name) != seen.end()) {
            wrong = refused("the parameter " + config::quote(*name) + " stands twice");
        } else {
            wrong = read_parameter(*name, *value, asked);
            seen.push_back(*name);
        }
    });
    if (wrong) return *std::move(wrong);
    return asked;
}

bool matches(std::string_view match, std::string_view text) noexcept {
    if (match.find('*') == std::string_view::npos) return text.find(match) != std::string_view::npos;
    return cache::path_matches(match, text);
}

entries_page::entries_page(const cache::memory_store& store, entries_question asked, entry_context by)
    : store_(store), asked_(std::move(asked)), by_(std::move(by)), at_(asked_.from), one_by_one_(at_.after != 0) {}

bool entries_page::turn() {
    const std::size_t until = looked_at_ + looks_a_turn;
    while (looked_at_ < until) {
        // A page ends within a place at most: its last stretch is told place by place.
        auto next = gather(one_by_one_ ? 1 : stretch);
        if (!one_by_one_ && told_ + wanted_.size() > asked_.limit) {
            one_by_one_ = true;
            next = gather(1);
        }
        if (!tell()) return false;
        ended_ = !next;
        if (ended_) return false;
        at_ = {*next, 0};
        if (told_ == asked_.limit || looked_at_ >= looks_a_page) return false;
    }
    return true;
}

std::optional<cache::memory_store::walk_position> entries_page::gather(std::size_t places) {
    held_.clear();
    wanted_.clear();
    const auto next = store_.walk(at_.at, places, held_);
    looked_at_ += held_.size() + 1;
    for (const cache::entry_ptr& each : held_) {
        const std::uint64_t hash = content_hash(each->key);
        if (hash <= at_.after) continue;
        const bool wanted = asked_.match.empty() || matches(asked_.match, each->key) ||
                            matches(asked_.match, path_of(read_key(each->key), *by_.settings));
        if (wanted) wanted_.emplace_back(hash, each);
    }
    return next;
}

bool entries_page::tell() {
    std::sort(wanted_.begin(), wanted_.end(),
              [](const auto& left, const auto& right) { return left.first < right.first; });
    for (const auto& [hash, each] : wanted_) {
        if (told_ == asked_.limit) return false;
        if (told_++ > 0) entries_ += ',';
        append_entry(entries_, *each, by_);
        at_.after = hash;
        looked_at_ += looks_a_telling;
    }
    return true;
}

std::string entries_page::take() {
    std::string page = "{\"entries\":[" + std::move(entries_) + "]";
    if (!ended_) page += ",\"cursor\":" + json_string(at_.to_text());
    return page + "}\n";
}

entry_context admin_entries::context() const {
    return {parts_.settings(), parts_.places(), parts_.epochs, parts_.time->wall_now()};
}

boost::asio::awaitable<result<std::string>> admin_entries::list(std::string query) const {
    result<entries_question> asked = read_entries_question(query);
    if (!asked) co_return std::move(asked).error();
    const auto page = std::make_shared<entries_page>(*parts_.store, *std::move(asked), context());
    bool more = true;
    while (more)
        more = co_await offload(parts_.workers, [page] { return page->turn(); });
    co_return page->take();
}

result<std::string> admin_entries::one(std::string_view key) const {
    const cache::entry_ptr stored = parts_.store->peek(key);
    if (stored == nullptr) return error{errc::not_found, "nothing is stored under this key"};
    std::string told;
    append_entry(told, *stored, context());
    return told + '\n';
}

}  // namespace nearside::proxy
