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
    keys.not_yet({"pages", "when", "jq", "post", "safe", "body"});
    keys.finish();
    const bool lost_each = keys.given("each") && !has_each;
    const bool lost_upstream = keys.given("upstream") && !has_upstream;
    step.faulty = !has_get || lost_each || lost_upstream;
    return step;
}

}  // namespace nearside::config
