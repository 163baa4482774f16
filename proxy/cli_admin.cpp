#include "proxy/cli_admin.h"

#include "core/json_string.h"
#include "core/percent_encoding.h"
#include "proxy/admin_client.h"
#include "proxy/cli_completion.h"
#include "proxy/cli_tell.h"

#include <CLI/CLI.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <iostream>
#include <string_view>
#include <utility>

namespace nearside::proxy {

namespace {

namespace json = boost::json;

// Several pages of entries may be walked before one is found.
constexpr std::uint32_t most_listed = 1'000'000;
// What the listener gives at once.
constexpr std::uint32_t most_on_a_page = 1'000;

void complain(std::string_view command, std::string_view what) {
    std::cerr << "nearside " << command << ": " << what << '\n';
}

std::string list_of(const std::vector<std::string>& texts) {
    std::string out = "[";
    for (const std::string& each : texts)
        out.append(out.size() > 1 ? "," : "").append(json_string(each));
    return out += ']';
}

// The answer, or nullopt after telling what went wrong; `as_json`: programs are told what the listener says of it.
std::optional<admin_reply> ask(std::string_view command, const target_options& where, admin_role role,
                               admin_question question, bool as_json) {
    result<admin_target> target = find_target(where, role);
    if (!target) {
        complain(command, target.error().detail);
        return std::nullopt;
    }
    question.url = target->url;
    question.token = target->token;
    question.ca_file = target->ca_file;
    result<admin_reply> reply = ask_admin(question);
    if (!reply) {
        complain(command, target->url + ": " + reply.error().detail);
        return std::nullopt;
    }
    if (reply->status >= 400) {
        if (as_json) std::cout << reply->content;
        complain(command, tell_problem(reply->status, reply->content));
        return std::nullopt;
    }
    return *std::move(reply);
}

std::string page_target(const std::string& match, std::uint32_t limit, const std::string& cursor) {
    std::string target = "/entries?limit=" + std::to_string(limit);
    if (!match.empty()) {
        target += "&match=";
        append_percent_encoded(target, match);
    }
    if (!cursor.empty()) target.append("&cursor=").append(cursor);
    return target;
}

// Moves a page's entries over; its cursor, empty where it was the last.
std::optional<std::string> add_page(const std::string& content, json::array& into) {
    boost::system::error_code failed;
    json::value page = json::parse(content, failed);
    if (failed || !page.is_object()) return std::nullopt;
    json::object& read = page.get_object();
    json::value* const entries = read.if_contains("entries");
    if (entries == nullptr || !entries->is_array()) return std::nullopt;
    for (json::value& each : entries->get_array())
        into.push_back(std::move(each));
    const json::value* const cursor = read.if_contains("cursor");
    if (cursor == nullptr || !cursor->is_string()) return std::string();
    return std::string(cursor->get_string().data(), cursor->get_string().size());
}

cli_command described(const CLI::App& command) {
    cli_command told{{command.get_name(), command.get_description()}, {}, false};
    for (const CLI::Option* option : command.get_options()) {
        for (const std::string& name : option->get_lnames())
            told.options.push_back({"--" + name, option->get_description()});
        if (option->get_positional() && option->get_name(true) == "FILE") told.takes_file = true;
    }
    return told;
}

}  // namespace

admin_commands::admin_commands(CLI::App& app)
    : app_(app),
      asked_(std::make_unique<asked>()),
      invalidate_(add("invalidate", "Make stored answers stale (or, with --hard, gone) on every node")),
      entries_(add("entries", "List what is stored, or tell all of one entry")),
      reload_(add("reload", "Let the running nearside read its configuration again")),
      drain_(add("drain", "Let the running nearside say that it is not ready, before it is stopped")),
      completion_(app.add_subcommand("completion", "Print what teaches a shell to complete these commands")) {
    invalidate_->add_option("--tag", asked_->tags, "everything with this tag; may be given several times");
    invalidate_->add_option("--key", asked_->keys, "the entry with this key");
    invalidate_->add_option("--view", asked_->views, "everything of this view");
    invalidate_->add_option("--path", asked_->paths,
                            "everything at this path: `*` within a segment, `**` for the rest");
    invalidate_->add_flag("--hard", asked_->hard, "never serve it again; without, it is refreshed on its next use");
    for (const char* name : {"--tag", "--key", "--view", "--path"})
        invalidate_->get_option(name)->allow_extra_args(false);
    entries_->add_option("KEY", asked_->key, "tell all of the entry with this key");
    entries_->add_option("--match", asked_->match, "those with this in key or path; with `*`, a pattern of the whole");
    entries_->add_option("--limit", asked_->limit, "at most so many")
        ->check(CLI::Range(std::uint32_t{1}, most_listed))
        ->capture_default_str();
    completion_->add_option("SHELL", asked_->shell, "bash, zsh or fish")
        ->required()
        ->check(CLI::IsMember({"bash", "zsh", "fish"}));
}

CLI::App* admin_commands::add(const char* name, const char* about) {
    CLI::App* const made = app_.add_subcommand(name, about);
    made->add_option("--url", asked_->where.url, "the admin listener, as http://127.0.0.1:8081 (the default)");
    made->add_option("--config", asked_->where.configuration, "take address and token from this configuration");
    made->add_option("--token-env", asked_->where.token_env,
                     "variable that holds the token; by default NEARSIDE_ADMIN_TOKEN");
    made->add_option("--ca", asked_->where.ca_file, "PEM file of the authorities to trust, of https");
    made->add_flag("--json", asked_->json, "print the answer as JSON");
    return made;
}

std::optional<int> admin_commands::run() const {
    if (invalidate_->parsed()) return invalidate();
    if (entries_->parsed()) return asked_->key.empty() ? entries() : one_entry();
    if (reload_->parsed()) return reload();
    if (drain_->parsed()) return drain();
    if (completion_->parsed()) return complete();
    return std::nullopt;
}

int admin_commands::invalidate() const {
    if (asked_->tags.empty() && asked_->keys.empty() && asked_->views.empty() && asked_->paths.empty()) {
        complain("invalidate", "nothing is named: give --tag, --key, --view or --path");
        return exit_code::wrong_usage;
    }
    const std::string order = "{\"tags\":" + list_of(asked_->tags) + ",\"keys\":" + list_of(asked_->keys) +
                              ",\"views\":" + list_of(asked_->views) + ",\"paths\":" + list_of(asked_->paths) +
                              ",\"mode\":" + (asked_->hard ? "\"hard\"" : "\"soft\"") + "}";
    const auto reply = ask("invalidate", asked_->where, admin_role::invalidate,
                           {.method = "POST", .target = "/invalidate", .content = order}, asked_->json);
    if (!reply) return exit_code::failed;
    std::cout << (asked_->json ? reply->content : tell_invalidation(reply->content));
    return reply->status == 202 ? exit_code::not_everywhere : exit_code::done;
}

int admin_commands::entries() const {
    json::array all;
    std::string cursor;
    do {
        const auto left = asked_->limit - static_cast<std::uint32_t>(all.size());
        const auto reply =
            ask("entries", asked_->where, admin_role::read,
                {.target = page_target(asked_->match, std::min(left, most_on_a_page), cursor), .content = {}},
                asked_->json);
        if (!reply) return exit_code::failed;
        std::optional<std::string> next = add_page(reply->content, all);
        if (!next) {
            complain("entries", "the answer is not a page of entries");
            return exit_code::failed;
        }
        cursor = *std::move(next);
    } while (!cursor.empty() && all.size() < asked_->limit);
    const bool more = !cursor.empty();
    const std::string page = json::serialize(json::object{{"entries", std::move(all)}});
    std::cout << (asked_->json ? page + "\n" : tell_entries(page));
    if (more) std::cerr << "there may be more: --limit\n";
    return exit_code::done;
}

int admin_commands::one_entry() const {
    std::string target = "/entries/";
    append_percent_encoded(target, asked_->key);
    const auto reply = ask("entries", asked_->where, admin_role::read, {.target = target, .content = {}}, asked_->json);
    if (!reply) return exit_code::failed;
    std::cout << (asked_->json ? reply->content : tell_entry(reply->content));
    return exit_code::done;
}

int admin_commands::reload() const {
    const auto reply = ask("reload", asked_->where, admin_role::operate,
                           {.method = "POST", .target = "/reload", .content = {}}, asked_->json);
    if (!reply) return exit_code::failed;
    std::cout << (asked_->json ? reply->content : tell_reload(reply->content));
    return exit_code::done;
}

int admin_commands::drain() const {
    const auto reply = ask("drain", asked_->where, admin_role::operate,
                           {.method = "POST", .target = "/drain", .content = {}}, asked_->json);
    if (!reply) return exit_code::failed;
    std::cout << (asked_->json ? reply->content : std::string("draining\n"));
    return exit_code::done;
}

int admin_commands::complete() const {
    std::vector<cli_command> commands;
    for (const CLI::App* each : std::as_const(app_).get_subcommands({}))
        commands.push_back(described(*each));
    std::cout << completion_script(asked_->shell, commands).value_or("");
    return exit_code::done;
}

}  // namespace nearside::proxy
