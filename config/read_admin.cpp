#include "config/address.h"
#include "config/reader.h"
#include "config/sections.h"
#include "core/ascii.h"

#include <algorithm>
#include <array>
#include <utility>

namespace nearside::config {

namespace {

// Each is compared with what every call sends.
constexpr std::size_t most_tokens = 100;
constexpr std::uint32_t most_calls_a_second = 100'000;

// b64token: what an Authorization header can carry (RFC 6750 2.1).
bool is_bearer_token(std::string_view text) {
    return text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/=") ==
           std::string_view::npos;
}

// The token itself is a secret and stays out of every message.
bool read_secret(reader& keys, const std::string& where, std::string& into) {
    std::string token;
    if (!keys.read("token", token)) return false;
    if (!is_bearer_token(token)) {
        keys.complain(keys.place_of("token"), "`token` of " + where + " cannot be sent as a bearer token",
                      "use letters, digits and `-._~+/=`");
        return false;
    }
    into = std::move(token);
    return !into.empty();
}

void read_roles(reader& keys, admin_token& into) {
    constexpr std::array<std::pair<std::string_view, bool admin_token::*>, 3> roles = {
        {{"read", &admin_token::reads},
         {"invalidate", &admin_token::invalidates},
         {"operate", &admin_token::operates}}};
    if (!keys.given("roles")) keys.missing("roles", "say what it is for: `roles: [read]`, `invalidate`, `operate`");
    for (const located<std::string>& each : keys.read_list("roles")) {
        const auto* const found =
            std::find_if(roles.begin(), roles.end(), [&](const auto& role) { return role.first == each.value; });
        if (found == roles.end()) {
            keys.complain(each.at, quote(each.value) + " is no role",
                          suggest_name(each.value, {"read", "invalidate", "operate"}));
        } else {
            into.*(found->second) = true;
        }
    }
}

void read_token(const node& item, admin_settings& into, const section_context& context) {
    const std::string where = "an item of `admin.tokens`";
    if (!expect_mapping(item, where, context.out)) return;
    reader keys(item, item.at, where, context.out);
    admin_token token;
    if (keys.read("name", token.name)) {
        const bool known = std::any_of(into.tokens.begin(), into.tokens.end(),
                                       [&](const admin_token& other) { return other.name == token.name; });
        if (!is_token(token.name)) {
            keys.complain(keys.place_of("name"), quote(token.name) + " is no name of a token",
                          "use letters, digits, `-`, `_` and `.`");
        } else if (known) {
            keys.complain(keys.place_of("name"), "there is a token " + quote(token.name) + " already",
                          "give it another name: the log tells callers apart by it");
        }
    } else if (!keys.given("name")) {
        keys.missing("name", "the log tells callers apart by it: `name: deploy`");
    }
    if (!keys.given("token")) keys.missing("token", "give it one: `token: ${NAME_OF_A_VARIABLE}`");
    const bool has_secret = read_secret(keys, where, token.token);
    const bool taken = has_secret && std::any_of(into.tokens.begin(), into.tokens.end(),
                                                 [&](const admin_token& other) { return other.token == token.token; });
    if (taken) {
        keys.complain(keys.place_of("token"), "another item of `admin.tokens` has the same token",
                      "make another one, or give one item all `roles`");
    }
    read_roles(keys, token);
    keys.finish();
    // As with `token`: a variable that is empty is a token that nobody has.
    if (has_secret && !taken) into.tokens.push_back(std::move(token));
}

void read_tokens(reader& keys, admin_settings& into, const section_context& context) {
    const node* const list = keys.take_sequence("tokens");
    if (list == nullptr) return;
    if (keys.given("token")) {
        keys.complain(list->at, "`token` and `tokens` of `admin` exclude each other",
                      "list the token under `tokens`, with `roles: [read, invalidate, operate]`");
    }
    if (list->items.size() > most_tokens) {
        keys.complain(list->at, "`tokens` of `admin` are too many", "list " + std::to_string(most_tokens) + " at most");
        return;
    }
    for (const node& item : list->items)
        read_token(item, into, context);
}

}  // namespace

void read_admin(const member& section, admin_settings& into, const section_context& context) {
    if (!expect_mapping(section.value, "`admin`", context.out)) return;
    reader keys(section.value, section.key.at, "`admin`", context.out);
    if (auto listen = keys.read_as("listen", parse_listen)) into.listen = std::move(*listen);
    into.listen_at = keys.place_of("listen");
    std::string token;
    if (read_secret(keys, "`admin`", token)) into.tokens.push_back({"admin", std::move(token), true, true, true});
    read_tokens(keys, into, context);
    read_tls(keys, "`admin.tls`", into.tls, context);
    keys.read("allow_insecure", into.allow_insecure);
    keys.read_number("calls_a_second", into.calls_a_second, 1, most_calls_a_second);
    keys.finish();

    if (is_loopback(into.listen.host) || into.allow_insecure) return;
    if (!into.tokens.empty() && into.tls) return;
    const std::string lacks = into.tokens.empty() ? (into.tls ? "a token" : "token and `tls`") : "`tls`";
    // What is half given is complained about already.
    if (!into.tls && keys.given("tls")) return;
    keys.complain(into.listen_at, "`admin` would listen beyond this machine without " + lacks,
                  "give it `token` and `tls`, listen on `127.0.0.1:8081`, or write `allow_insecure: true`");
}

}  // namespace nearside::config
