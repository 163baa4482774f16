#include "config/reader.h"
#include "config/sections.h"
#include "config/url_path.h"

namespace nearside::config {

namespace {

constexpr std::uint32_t most_items = 1'000'000;

void check_name(reader& keys, std::string_view name, const position& at) {
    if (is_identifier(name)) return;
    keys.complain(at, quote(name) + " is a name that no reference can use", "use letters, digits, `_` and `-`");
}

void only_with_each(reader& keys, std::string_view key) {
    if (!keys.given(key) || keys.given("each")) return;
    keys.complain(keys.place_of(key), quote(key) + " has no use without `each`", "add `each`, or remove it");
}

// False: it was complained about.
bool read_pages(reader& step, std::optional<pages_settings>& into, const section_context& context) {
    const node* const section = step.take_mapping("pages");
    if (section == nullptr) return !step.given("pages");
    pages_settings pages;
    pages.at = section->at;
    reader keys(*section, section->at, "`pages`", context.out);
    const bool has_items = keys.read("items", pages.items);
    if (!keys.given("items")) keys.missing("items", "say where a page has its items, as in `items: results`");
    const bool has_next = keys.read("next", pages.next);
    if (!keys.given("next")) keys.missing("next", "say where a page tells the next one, as in `next: next`");
    const bool has_count = keys.read("count", pages.count) || !keys.given("count");
    keys.read_number("max", pages.max, 1, most_items);
    keys.read_number("parallel", pages.parallel, 1, most_items);
    keys.read_number("size", pages.size, 1, most_items);
    keys.finish();
    if (!has_items || !has_next || !has_count) return false;
    into = std::move(pages);
    return true;
}

// What is called: `get`, or a `post` that is declared to be safe. False: it was complained about.
bool read_call(reader& step, step_settings& into) {
    const bool has_get = step.read("get", into.get);
    located<std::string> post;
    const bool has_post = step.read("post", post);
    bool safe = false;
    step.read("safe", safe);
    if (const node* body = step.take("body")) into.body = *body;
    if (!step.given("post")) {
        for (const std::string_view key : {"safe", "body"}) {
            if (step.given(key))
                step.complain(step.place_of(key), quote(key) + " has no use without `post`",
                              "add `post`, or remove it");
        }
        if (!step.given("get")) step.missing("get", "write `get: /path`");
        return has_get;
    }
    if (step.given("get")) {
        step.complain(step.place_of("get"), "a step makes one call: `get` and `post` exclude each other", "keep one");
        return false;
    }
    if (has_post && !safe) {
        step.complain(
            post.at,
            "a `post` is made again whenever the view is refreshed, and may be retried: it must change nothing",
            "if it is a search or the like, say so with `safe: true`; writes belong to a route");
    }
    if (step.given("pages"))
        step.complain(step.place_of("pages"), "`pages` follows URLs, and a `post` asks with its body",
                      "take the pages with `get`");
    into.get = std::move(post);
    into.post = true;
    return has_post;
}

}  // namespace

step_settings read_step(const member& item, const section_context& context) {
    const std::string where = "step " + quote(item.key.text);
    step_settings step;
    step.name = item.key.text;
    step.at = item.key.at;
    step.faulty = !expect_item(item, where, "a `get`", context.out);
    if (step.faulty) return step;
    reader keys(item.value, item.key.at, where, context.out);
    check_name(keys, step.name, step.at);
    const bool has_call = read_call(keys, step);
    const bool has_each = keys.read("each", step.each);
    if (keys.read("as", step.as)) check_name(keys, step.as.value, step.as.at);
    keys.read_number("parallel", step.parallel, 1, most_items);
    keys.read_number("max", step.max, 1, most_items);
    only_with_each(keys, "parallel");
    only_with_each(keys, "max");
    const bool good_pages = read_pages(keys, step.pages, context);
    keys.read("optional", step.optional);
    if (const node* otherwise = keys.take_any("else")) {
        step.otherwise = *otherwise;
        if (!keys.given("optional")) {
            keys.complain(otherwise->at, "`else` of " + where + " has no use: the step is not optional",
                          "add `optional: true`, or remove it");
        }
    }
    keys.read("timeout", step.timeout, milliseconds{1});
    const bool has_upstream = keys.read("upstream", step.upstream);
    const bool has_when = keys.read("when", step.when) || !keys.given("when");
    if (const node* jq = keys.take_scalar("jq")) step.jq = *jq;
    keys.finish();
    const bool lost_each = keys.given("each") && !has_each;
    const bool lost_upstream = keys.given("upstream") && !has_upstream;
    step.faulty = !has_call || !has_when || lost_each || lost_upstream || !good_pages;
    return step;
}

}  // namespace nearside::config
