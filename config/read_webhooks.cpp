#include "config/reader.h"
#include "config/sections.h"

#include <algorithm>

namespace nearside::config {

namespace {

constexpr std::size_t most_webhooks = 100;
constexpr std::size_t least_secret = 16;  // bytes
constexpr byte_count most_body = 1024 * 1024;

bool is_plain_path(std::string_view text) noexcept {
    return text.size() > 1 && text.front() == '/' &&
           std::all_of(text.begin(), text.end(), [](char letter) { return letter > ' ' && letter < '\x7f'; }) &&
           text.find_first_of("?#*{}") == std::string_view::npos;
}

}  // namespace

void read_webhook(const node& item, std::vector<webhook_settings>& into, const section_context& context) {
    const std::string where = "an item of `webhooks`";
    if (!expect_mapping(item, where, context.out)) return;
    reader keys(item, item.at, where, context.out);
    webhook_settings made;
    made.at = item.at;
    if (!keys.given("path")) keys.missing("path", "write where it is sent to: `path: /hooks/api`");
    if (keys.read("path", made.path)) {
        const bool taken = std::any_of(into.begin(), into.end(),
                                       [&](const webhook_settings& other) { return other.path == made.path; });
        if (!is_plain_path(made.path)) {
            keys.complain(keys.place_of("path"), quote(made.path) + " is no path of a webhook",
                          "begin with `/`; it has no parameters and no query");
        } else if (taken) {
            keys.complain(keys.place_of("path"), "there is a webhook at " + quote(made.path) + " already",
                          "give one of them another path");
        }
    }
    if (!keys.given("secret")) keys.missing("secret", "give it one: `secret: ${NAME_OF_A_VARIABLE}`");
    if (keys.read("secret", made.secret) && made.secret.size() < least_secret) {
        keys.complain(keys.place_of("secret"), "`secret` of " + where + " is too short to be one",
                      "use at least " + std::to_string(least_secret) + " bytes: `openssl rand -hex 32`");
    }
    keys.read("tolerance", made.tolerance, milliseconds{1'000});
    byte_count body = made.body;
    if (keys.read_size("body", body)) made.body = std::min<byte_count>(body, most_body);
    keys.finish();
    if (into.size() == most_webhooks) {
        keys.complain(item.at, "`webhooks` are too many", "list " + std::to_string(most_webhooks) + " at most");
        return;
    }
    into.push_back(std::move(made));
}

}  // namespace nearside::config
