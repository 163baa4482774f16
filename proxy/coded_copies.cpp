#include "proxy/coded_copies.h"

#include "cache/cache_control.h"
#include "core/ascii.h"
#include "proxy/content_coding.h"
#include "proxy/content_encoder.h"
#include "proxy/wakeup.h"

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>

#include <array>
#include <optional>
#include <string>
#include <utility>

namespace nearside::proxy {

namespace asio = boost::asio;
using cache::coding;

namespace {

// Of what a client likes equally, the first: br is smallest at these levels, gzip the last resort.
constexpr std::array<coding, cache::coding_count> by_preference = {coding::br, coding::zstd, coding::gzip,
                                                                   coding::identity};

// Smaller bodies aren't worth a second look-up.
constexpr std::size_t least_bytes = 1024;

std::string_view media_type(std::string_view content_type) noexcept {
    return trimmed(content_type.substr(0, content_type.find(';')));
}

bool is_text(std::string_view type) noexcept {
    static constexpr std::array<std::string_view, 9> known = {
        "application/json",         "application/javascript", "application/xml",
        "application/x-ndjson",     "application/graphql",    "application/manifest+json",
        "application/vnd.api+json", "image/svg+xml",          "application/wasm"};
    if (type.size() > 5 && iequals(type.substr(0, 5), "text/")) return true;
    if (type.size() > 5 && iequals(type.substr(type.size() - 5), "+json")) return true;
    if (type.size() > 4 && iequals(type.substr(type.size() - 4), "+xml")) return true;
    for (const std::string_view each : known) {
        if (iequals(type, each)) return true;
    }
    return false;
}

std::uint8_t bit_of(coding which) noexcept {
    return static_cast<std::uint8_t>(1u << static_cast<unsigned>(which));
}

// A copy in it was tried, and there is none, or none that is smaller.
bool is_useless(const cache::entry& stored, coding wanted) noexcept {
    return (stored.useless_codings.load(std::memory_order_relaxed) & bit_of(wanted)) != 0;
}

std::string key_of(const cache::entry& stored, coding wanted) {
    return stored.key + ";~coding=" + std::string(to_string(wanted));
}

// Another sequence of bytes needs another strong tag (RFC 9110 8.8.3.3).
std::string tag_of(std::string_view tag, coding wanted) {
    if (tag.size() < 2 || tag.back() != '"') return std::string(tag);
    std::string made(tag.substr(0, tag.size() - 1));
    return made.append("-").append(to_string(wanted)).append("\"");
}

coding stored_coding(const cache::entry& stored) noexcept {
    return cache::coding_of(stored.head.find("content-encoding").value_or(std::string_view{}))
        .value_or(coding::identity);
}

std::shared_ptr<cache::entry> copy_with(const cache::entry& stored, coding wanted, body content) {
    auto made = std::make_shared<cache::entry>();
    header_fields fields = stored.head.fields();
    if (wanted == coding::identity) {
        fields.erase("content-encoding");
    } else {
        fields.set("Content-Encoding", to_string(wanted));
    }
    if (const auto tag = fields.find("etag")) {
        const std::string other = tag_of(*tag, wanted);
        fields.set("ETag", other);
    }
    made->key = key_of(stored, wanted);
    made->head =
        prepared_head(response_head{.status = stored.head.status(), .version = 11, .fields = std::move(fields)});
    made->content = std::move(content);
    made->born = stored.born;
    made->lives = stored.lives;
    made->stamp = stored.stamp;
    made->content_since = stored.content_since;
    return made;
}

bool names_tag(const header_fields& request, std::string_view tag) {
    bool named = false;
    if (tag.empty()) return false;
    for (const header_fields::field& each : request) {
        if (!iequals(each.name, "if-none-match")) continue;
        for_each_member(each.value, [&](std::string_view member) { named |= member == tag; });
    }
    return named;
}

// RFC 9111 5.2.1.6.
bool wants_no_other_form(const header_fields& request) {
    return request.contains("cache-control") && cache::read_cache_control(request).no_transform;
}

buffer contiguous(const body& content) {
    buffer_writer all(content.size());
    for (const slice& each : content.slices())
        all.append(each.bytes);
    return all.finish();
}

}  // namespace

bool is_recodable(int status, const header_fields& response, std::optional<std::uint64_t> length) {
    const auto type = response.find("content-type");
    if (status != 200 || !type || !is_text(media_type(*type))) return false;
    if (response.contains("content-range") || response.contains("content-md5") || response.contains("digest") ||
        response.contains("content-digest"))
        return false;
    if (response.count("content-encoding") > 1) return false;
    const auto coded = cache::coding_of(response.find("content-encoding").value_or(std::string_view{}));
    if (!coded || (*coded == coding::identity && length && *length < least_bytes)) return false;
    return !cache::read_cache_control(response).no_transform;
}

void add_vary_accept_encoding(header_fields& response) {
    bool told = false;
    for (const header_fields::field& each : response) {
        if (!iequals(each.name, "vary")) continue;
        for_each_member(each.value,
                        [&](std::string_view name) { told |= name == "*" || iequals(name, "accept-encoding"); });
    }
    if (told) return;
    std::string names = response.combined("vary");
    if (!names.empty()) names += ", ";
    response.set("Vary", names.append("Accept-Encoding"));
}

void add_origins_tags(header_fields& request) {
    if (!request.contains("if-match")) return;
    std::string more;
    for_each_member(request.combined("if-match"), [&more](std::string_view member) {
        for (const coding each : by_preference) {
            const std::string ending = "-" + std::string(to_string(each)) + "\"";
            if (!member.starts_with('"') || !member.ends_with(ending) || member.size() <= ending.size() + 1) continue;
            more.append(more.empty() ? "" : ", ").append(member.substr(0, member.size() - ending.size())).append("\"");
        }
    });
    if (!more.empty()) request.append("If-Match", more);
}

cache::entry_ptr coded_copies::at_hand(const header_fields& request, const cache::entry_ptr& stored) {
    if (!stored->recodable) return stored;
    const cache::accepted_codings accepted(request);
    const coding own = stored_coding(*stored);
    if (wants_no_other_form(request) && (own == coding::identity || accepted.takes(own))) return stored;
    if (own != coding::identity) {
        const bool taken = !accepted.says_nothing() && accepted.takes(own);
        return taken ? stored : find(stored, coding::identity);
    }
    if (stored->content.size() < least_bytes) return stored;
    // A client that holds this very form is told that it hasn't changed. Ranges are of the bytes as they are stored.
    if (accepted.says_nothing() || request.contains("range") || names_tag(request, stored->etag())) return stored;
    const coding wanted = accepted.prefers(by_preference).value_or(coding::identity);
    if (wanted == coding::identity) return stored;
    if (is_useless(*stored, wanted)) return stored;
    if (cache::entry_ptr copy = find(stored, wanted)) return copy;
    if (being_made_.size() < most_at_once) begin(stored, wanted);
    return stored;
}

// The copy at hand, with the head of its original as it is now.
cache::entry_ptr coded_copies::find(const cache::entry_ptr& stored, coding wanted) {
    cache::entry_ptr copy = store_.find(key_of(*stored, wanted));
    if (!copy || copy->content_since != stored->content_since) return nullptr;
    if (copy->born == stored->born) return copy;
    auto renewed = copy_with(*stored, wanted, copy->content);
    store_.put(renewed);
    return renewed;
}

cache::entry_ptr coded_copies::make(const cache::entry_ptr& stored, coding wanted) const {
    const coding own = stored_coding(*stored);
    std::optional<buffer> recoded;
    if (own == coding::identity) {
        recoded = encode_content(wanted, stored->content);
    } else {
        auto decoded = decode_content(to_string(own), contiguous(stored->content), most_bytes_);
        if (decoded) recoded = *std::move(decoded);
    }
    if (!recoded) return nullptr;
    return copy_with(*stored, wanted, body(*std::move(recoded)));
}

std::shared_ptr<coded_copies::flights::flight> coded_copies::begin(const cache::entry_ptr& stored, coding wanted) {
    // Of this content, whatever has taken its place when the copy is there.
    std::string key = key_of(*stored, wanted);
    key.append("#").append(std::to_string(stored->content_since.time_since_epoch().count()));
    // How long it takes matters to nobody who joins.
    const flights::seat seat = being_made_.join(key, steady_time{});
    if (!seat.leads) return seat.of;
    const auto job = [this, stored, wanted, key, of = seat.of] {
        cache::entry_ptr copy;
        try {
            copy = make(stored, wanted);
            if (copy) store_.put(copy);
        } catch (...) {
            copy = nullptr;
        }
        if (!copy) stored->useless_codings.fetch_or(bit_of(wanted), std::memory_order_relaxed);
        being_made_.land(key, of, copy);
    };
    try {
        asio::post(workers_, job);
    } catch (...) {
        // Who leads has to land, or the copy would be waited for in vain from now on.
        being_made_.land(key, seat.of, nullptr);
    }
    return seat.of;
}

asio::awaitable<cache::entry_ptr> coded_copies::made_for(const header_fields& request, cache::entry_ptr stored) {
    const cache::accepted_codings accepted(request);
    const bool possible =
        stored->recodable && accepted.takes(coding::identity) && !is_useless(*stored, coding::identity);
    if (!possible) co_return nullptr;
    const auto home = co_await asio::this_coro::executor;
    const auto landed = std::make_shared<wakeup>(home);
    const auto making = begin(stored, coding::identity);
    if (making->on_landed(landed->signaller())) co_await landed->wait();
    co_return making->outcome().value_or(nullptr);
}

}  // namespace nearside::proxy
