#include "cache/vary.h"

#include "cache/digest.h"
#include "core/ascii.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace nearside::cache {

namespace {

// No primary key holds it: what comes from a request is encoded there.
constexpr std::string_view variant_mark = ";~vary";

// A value longer than this is a digest in the key.
constexpr std::size_t longest_in_clear = 64;

template <std::size_t Count>
bool is_one_of(std::string_view name, const std::array<std::string_view, Count>& names) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

// No lists: commas and spaces in them are theirs.
constexpr std::array<std::string_view, 8> singletons = {"authorization", "cookie", "date",    "from",
                                                        "host",          "origin", "referer", "user-agent"};
// They don't stand in a key in clear.
constexpr std::array<std::string_view, 3> secrets = {"authorization", "cookie", "proxy-authorization"};
// Lists of things with weights, whose order means nothing (RFC 9110 12.5).
constexpr std::array<std::string_view, 4> weighted = {"accept", "accept-charset", "accept-encoding", "accept-language"};

// Without the spaces around commas that stand outside of quoted strings.
std::string without_list_spaces(std::string_view value) {
    std::string out;
    out.reserve(value.size());
    bool quoted = false;
    for (std::size_t at = 0; at < value.size(); ++at) {
        const char letter = value[at];
        if (quoted && letter == '\\' && at + 1 < value.size()) {
            out.append(value.substr(at, 2));
            ++at;
            continue;
        }
        if (letter == '"') quoted = !quoted;
        if (letter != ',' || quoted) {
            out += letter;
            continue;
        }
        while (!out.empty() && is_blank(out.back()))
            out.pop_back();
        out += ',';
        while (at + 1 < value.size() && is_blank(value[at + 1]))
            ++at;
    }
    return out;
}

// A qvalue (RFC 9110 12.4.2) in thousandths.
std::optional<int> weight(std::string_view text) {
    if (text.empty() || text.size() > 5 || (text[0] != '0' && text[0] != '1')) return std::nullopt;
    int thousandths = (text[0] - '0') * 1000;
    if (text.size() == 1) return thousandths;
    if (text[1] != '.') return std::nullopt;
    int worth = 100;
    for (const char digit : text.substr(2)) {
        if (!is_digit(digit)) return std::nullopt;
        thousandths += (digit - '0') * worth;
        worth /= 10;
    }
    return thousandths <= 1000 ? std::optional(thousandths) : std::nullopt;
}

struct preference {
    int thousandths = 1000;
    std::string what;  // normalised
};

// One member: `type/subtype;parameter=value;q=0.5`, a language range, a coding. nullopt for anything unusual, whose
// value is then compared as it is.
std::optional<preference> read_preference(std::string_view member, bool media) {
    if (member.find('"') != std::string_view::npos) return std::nullopt;
    preference read;
    const std::string_view what = trimmed(member.substr(0, member.find(';')));
    const auto slash = what.find('/');
    const bool well_formed =
        media ? slash != std::string_view::npos && is_token(what.substr(0, slash)) && is_token(what.substr(slash + 1))
              : is_token(what);
    if (!well_formed) return std::nullopt;
    read.what = lower_case(what);

    bool weighed = false;
    for (std::size_t at = member.find(';'); at != std::string_view::npos; at = member.find(';', at + 1)) {
        const std::string_view parameter = trimmed(member.substr(at + 1, member.find(';', at + 1) - at - 1));
        const auto equals = parameter.find('=');
        if (equals == std::string_view::npos) return std::nullopt;
        const std::string_view name = parameter.substr(0, equals), value = parameter.substr(equals + 1);
        if (!is_token(name) || !is_token(value)) return std::nullopt;
        if (!weighed && iequals(name, "q")) {
            const auto told = weight(value);
            if (!told) return std::nullopt;
            read.thousandths = *told;
            weighed = true;
            continue;
        }
        // What comes after q is an extension, which no media type has (12.5.1, RFC 9110 B.3).
        if (!media || weighed) return std::nullopt;
        read.what.append(";").append(lower_case(name)).append("=").append(value);
    }
    return read;
}

std::optional<std::string> normalised_preferences(std::string_view value, bool media) {
    std::vector<preference> all;
    bool usual = true;
    for_each_member(value, [&](std::string_view member) {
        auto read = read_preference(member, media);
        usual = usual && read.has_value();
        if (read) all.push_back(*std::move(read));
    });
    if (!usual) return std::nullopt;
    std::sort(all.begin(), all.end(), [](const preference& left, const preference& right) {
        return left.thousandths != right.thousandths ? left.thousandths > right.thousandths : left.what < right.what;
    });
    const auto same = [](const preference& left, const preference& right) {
        return left.thousandths == right.thousandths && left.what == right.what;
    };
    all.erase(std::unique(all.begin(), all.end(), same), all.end());

    std::string out;
    for (const preference& each : all) {
        if (!out.empty()) out += ',';
        out += each.what;
        if (each.thousandths != 1000) out.append(";q=").append(std::to_string(each.thousandths));
    }
    return out;
}

void append_name_encoded(std::string& out, std::string_view text) {
    static constexpr std::string_view digits = "0123456789ABCDEF";
    for (const char letter : text) {
        if (is_letter(letter) || is_digit(letter) || letter == '-' || letter == '_' || letter == '.' || letter == '/' ||
            letter == ',' || letter == '*') {
            out += letter;
            continue;
        }
        const auto byte = static_cast<unsigned char>(letter);
        out += '%';
        out += digits[byte >> 4];
        out += digits[byte & 15];
    }
}

}  // namespace

vary_spec parse_vary(const header_fields& response, accept_encoding coding) {
    vary_spec spec;
    for (const header_fields::field& each : response) {
        if (!iequals(each.name, "vary")) continue;
        for_each_member(each.value, [&](std::string_view member) {
            if (spec.everything) return;
            if (member == "*") {
                spec.everything = true;
                return;
            }
            std::string name = lower_case(member);
            if (coding == accept_encoding::left_out && name == "accept-encoding") return;
            const auto place = std::lower_bound(spec.names.begin(), spec.names.end(), name);
            if (place != spec.names.end() && *place == name) return;
            spec.names.insert(place, std::move(name));
            spec.everything = spec.names.size() > most_vary_names;
        });
    }
    if (spec.everything) spec.names.clear();
    return spec;
}

std::string normalised_selector(std::string_view name, std::string_view value) {
    const std::string_view told = trimmed(value);
    if (is_one_of(name, weighted)) {
        if (auto normal = normalised_preferences(value, name == "accept")) return *std::move(normal);
        // What was normalised never starts with a comma: the two don't meet.
        return "," + without_list_spaces(told);
    }
    return is_one_of(name, singletons) ? std::string(told) : without_list_spaces(told);
}

std::string_view primary_key(std::string_view key) noexcept {
    return key.substr(0, key.find(variant_mark));
}

// `primary;~vary;name=value;name#digest;name!`: what follows a name says how it is told, and none of the three marks is
// left in a name or value.
std::string variant_key(std::string_view primary, const vary_spec& spec, const header_fields& request) {
    std::string key(primary);
    key += variant_mark;
    for (const std::string& name : spec.names) {
        key += ';';
        append_name_encoded(key, name);
        const auto first = request.find(name);
        if (!first) {
            key += '!';
            continue;
        }
        const std::string value = normalised_selector(name, request.combined(name));
        if (value.size() <= longest_in_clear && !is_one_of(name, secrets)) {
            key += '=';
            append_name_encoded(key, value);
            continue;
        }
        const std::array<std::pair<std::string_view, std::string_view>, 1> digested = {{{name, value}}};
        key += '#';
        append_name_encoded(key, principal_digest(digested));
    }
    return key;
}

}  // namespace nearside::cache
