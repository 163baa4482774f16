#include "cache/cache_control.h"

#include "core/ascii.h"

#include <algorithm>
#include <cstdint>

namespace nearside::cache {

namespace {

// Where the quoted string that starts `text` ends, its last quote included; npos when it is never closed.
std::size_t end_of_quoted(std::string_view text) noexcept {
    for (std::size_t at = 1; at < text.size(); ++at) {
        if (text[at] == '\\') {
            ++at;
        } else if (text[at] == '"') {
            return at + 1;
        }
    }
    return std::string_view::npos;
}

struct directive {
    std::string_view name = {};
    std::string_view argument = {};  // without its quotes
    bool bare = true;                // there is no argument
    bool malformed = false;          // what is there is neither a token nor a quoted string directly after '='
};

// Each directive of a value. A quote counts only where the grammar has one, right after '=' (5.2); elsewhere, and where
// it is never closed, commas separate as ever, so that a broken argument cannot swallow a `no-store`.
template <class Each>
void for_each_directive(std::string_view value, Each each) {
    while (!value.empty()) {
        const std::size_t end = std::min(value.find(','), value.size());
        const std::size_t equals = value.substr(0, end).find('=');
        if (equals == std::string_view::npos) {
            const std::string_view name = trimmed(value.substr(0, end));
            if (!name.empty()) each(directive{.name = name});
            value.remove_prefix(std::min(end + 1, value.size()));
            continue;
        }
        directive found;
        const std::string_view before = value.substr(0, equals);
        found.name = trimmed(before);
        found.bare = false;
        found.malformed = before.ends_with(' ') || before.ends_with('\t');
        const std::string_view after = value.substr(equals + 1);
        const std::size_t quoted = after.starts_with('"') ? end_of_quoted(after) : std::string_view::npos;
        std::size_t next = end;
        if (quoted != std::string_view::npos) {
            found.argument = after.substr(1, quoted - 2);
            const std::string_view rest = after.substr(quoted);
            const std::size_t comma = std::min(rest.find(','), rest.size());
            found.malformed |= !trimmed(rest.substr(0, comma)).empty();
            next = equals + 1 + quoted + comma;
        } else {
            const std::string_view raw = after.substr(0, end - equals - 1);
            found.argument = trimmed(raw);
            found.malformed |= raw.starts_with(' ') || raw.starts_with('\t');
        }
        if (!found.name.empty()) each(found);
        value.remove_prefix(std::min(next + 1, value.size()));
    }
}

seconds delta_of(const directive& from) noexcept {
    if (from.bare || from.malformed) return seconds{0};
    return parse_delta_seconds(from.argument).value_or(seconds{0});
}

void keep_smaller(std::optional<seconds>& kept, seconds candidate) {
    kept = kept ? std::min(*kept, candidate) : candidate;
}

// The field names of a qualified directive. Where they can't be read as such, the directive counts as the bare one: the
// stricter reading.
void read_fields(const directive& from, bool& bare_form, std::vector<std::string>& into) {
    if (from.bare) {
        bare_form = true;
        return;
    }
    const std::size_t before = into.size();
    std::string_view rest = from.argument;
    while (!rest.empty()) {
        const std::size_t end = std::min(rest.find(','), rest.size());
        const std::string_view name = trimmed(rest.substr(0, end));
        rest.remove_prefix(std::min(end + 1, rest.size()));
        if (name.empty()) continue;
        if (!is_token(name)) bare_form = true;
        into.emplace_back(name);
    }
    if (into.size() == before) bare_form = true;
}

void apply(const directive& found, cache_control& into) {
    const std::string_view name = found.name;
    const auto is = [name](std::string_view expected) { return iequals(name, expected); };
    if (is("max-age")) {
        keep_smaller(into.max_age, delta_of(found));
    } else if (is("no-cache")) {
        read_fields(found, into.no_cache, into.no_cache_fields);
    } else if (is("no-store")) {
        into.no_store = true;
    } else if (is("s-maxage")) {
        keep_smaller(into.s_maxage, delta_of(found));
    } else if (is("private")) {
        read_fields(found, into.is_private, into.private_fields);
    } else if (is("public")) {
        into.is_public = true;
    } else if (is("must-revalidate")) {
        into.must_revalidate = true;
    } else if (is("proxy-revalidate")) {
        into.proxy_revalidate = true;
    } else if (is("stale-while-revalidate")) {
        keep_smaller(into.stale_while_revalidate, delta_of(found));
    } else if (is("stale-if-error")) {
        keep_smaller(into.stale_if_error, delta_of(found));
    } else if (is("max-stale")) {
        keep_smaller(into.max_stale, found.bare ? seconds::max() : delta_of(found));
    } else if (is("min-fresh")) {
        into.min_fresh = std::max(into.min_fresh.value_or(seconds{0}), delta_of(found));
    } else if (is("only-if-cached")) {
        into.only_if_cached = true;
    } else if (is("must-understand")) {
        into.must_understand = true;
    } else if (is("no-transform")) {
        into.no_transform = true;
    } else if (is("immutable")) {
        into.immutable = true;
    }
}

}  // namespace

std::optional<seconds> parse_delta_seconds(std::string_view text) noexcept {
    if (text.empty()) return std::nullopt;
    std::int64_t count = 0;
    for (const char digit : text) {
        if (digit < '0' || digit > '9') return std::nullopt;
        count = std::min(longest_delta.count(), count * 10 + (digit - '0'));
    }
    return seconds{count};
}

void read_cache_control(std::string_view value, cache_control& into) {
    for_each_directive(value, [&into](const directive& found) { apply(found, into); });
}

cache_control read_cache_control(const header_fields& fields) {
    cache_control read;
    for (const header_fields::field& each : fields) {
        if (iequals(each.name, "cache-control")) read_cache_control(each.value, read);
    }
    return read;
}

cache_control read_request_directives(const header_fields& request) {
    cache_control read;
    bool told = false;
    std::optional<std::string_view> pragma;
    for (const header_fields::field& each : request) {
        if (iequals(each.name, "cache-control")) {
            told = true;
            read_cache_control(each.value, read);
        } else if (!pragma && iequals(each.name, "pragma")) {
            pragma = each.value;
        }
    }
    if (pragma && !told) read.no_cache = iequals(*pragma, "no-cache");
    return read;
}

}  // namespace nearside::cache
