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
    const bool has_get = keys.read("get", step.get);
    if (!keys.given("get")) keys.missing("get", "write `get: /path`");
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
    keys.not_yet({"when", "jq", "post", "safe", "body"});
    keys.finish();
    const bool lost_each = keys.given("each") && !has_each;
    const bool lost_upstream = keys.given("upstream") && !has_upstream;
    step.faulty = !has_get || lost_each || lost_upstream || !good_pages;
    return step;
}

}  // namespace nearside::config
