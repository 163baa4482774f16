#include "config/reader.h"
#include "config/sections.h"
#include "config/url_path.h"

namespace nearside::config {

namespace {

void read_values(const node& mapping, std::string_view what, std::vector<warm_settings::value>& into,
                 complaint_list& out) {
    for (const auto& [key, value] : mapping.members) {
        if (value.faulty) continue;
        warm_settings::value made{{key.text, key.at, key.quoted}, std::nullopt};
        if (value.is == node::kind::scalar) {
            made.text = located<std::string>{value.text, value.at, value.quoted};
        } else if (value.is != node::kind::null) {
            out.push_back(
                {value.at,
                 quote(key.text) + " of " + std::string(what) + " must be a single value, not " +
                     std::string(kind_name(value)),
                 "write one item for each set of parameters: `warm: [{" + key.text + ": 1}, {" + key.text + ": 2}]`"});
            continue;
        }
        into.push_back(std::move(made));
    }
}

// What a call that brings the list has no use for.
void refuse_in_list(const node& of, const section_context& context) {
    for (const std::string_view key : {"each", "as", "when", "optional", "else", "parallel", "max"}) {
        for (const auto& [name, value] : of.members) {
            if (name.text != key) continue;
            context.out.push_back(
                {name.at, quote(key) + " has no use in the call that brings a list of `warm`",
                 "remove it; `each`, `as` and `max` stand beside `of`, and where the call fails the last list stays"});
        }
    }
}

// False: it was complained about.
bool read_list(reader& keys, warm_list_settings& into, const section_context& context) {
    const node* const of = keys.take_mapping("of");
    const std::size_t before = context.out.size();
    if (of != nullptr) {
        member call;
        call.key.is = node::kind::scalar;
        call.key.text = "of";
        call.key.at = keys.place_of("of");
        call.value = *of;
        refuse_in_list(*of, context);
        if (context.out.size() == before) into.of = read_step(call, context);
    } else if (!keys.given("of")) {
        keys.missing("of", "say which call brings the list, as in `of: {get: /api/projects/}`");
    }
    keys.read("each", into.each);
    if (!keys.given("each")) keys.missing("each", "say where the items are, as in `each: \"results[*]\"`");
    if (keys.read("as", into.as) && !is_identifier(into.as.value))
        keys.complain(into.as.at, quote(into.as.value) + " is a name that no reference can use",
                      "use letters, digits, `_` and `-`");
    if (!keys.given("as")) keys.missing("as", "give the item a name, such as `as: item`");
    keys.read("every", into.every, milliseconds{1});
    keys.read_number("max", into.max, 1, warm_settings::most);
    return context.out.size() == before;
}

void read_item(const node& item, const std::string& what, view_settings& into, const section_context& context) {
    if (item.faulty) return;
    if (!expect_mapping(item, what, context.out)) return;
    warm_settings made;
    made.at = item.at;
    // `each` alone may be a parameter of the view.
    const node* const of = item.find("of");
    const node* const each = item.find("each");
    const bool is_list = (of != nullptr && of->is == node::kind::mapping) || (each != nullptr && item.find("as"));
    if (!is_list) {
        read_values(item, what, made.values, context.out);
        into.warm.push_back(std::move(made));
        return;
    }
    reader keys(item, item.at, what, context.out);
    made.from.emplace();
    const bool whole = read_list(keys, *made.from, context);
    if (const node* with = keys.take_mapping("with")) {
        read_values(*with, "`with`", made.values, context.out);
    } else if (!keys.given("with")) {
        keys.missing("with", "say what the parameters are, as in `with: {id: \"{" +
                                 (made.from->as.value.empty() ? "item" : made.from->as.value) + ".id}\"}`");
    }
    keys.finish();
    if (whole) into.warm.push_back(std::move(made));
}

}  // namespace

void read_warm(const node& list, const std::string& where, view_settings& into, const section_context& context) {
    std::size_t number = 0;
    for (const node& item : list.items)
        read_item(item, where + ", item " + std::to_string(++number) + " of `warm`", into, context);
}

}  // namespace nearside::config
