#include "proxy/warm_plan.h"

#include "aggregators/planner.h"
#include "aggregators/select.h"
#include "config/complain.h"

#include <algorithm>
#include <utility>

namespace nearside::proxy {

namespace {

using config::position_within;
using config::quote;

// `{project.id}`: the text between the braces; nullopt for a literal.
std::optional<std::string_view> reference_in(std::string_view text) {
    if (text.size() < 2 || !text.starts_with('{') || text.find('}') != text.size() - 1) return std::nullopt;
    return text.substr(1, text.size() - 2);
}

class compiler {
public:
    compiler(const config::view_settings& view, const config::settings& all, config::complaint_list& complaints)
        : view_(view), all_(all), complaints_(complaints) {}

    warm_plan compile() {
        warm_plan made;
        for (const config::warm_settings& item : view_.warm) {
            if (item.from) {
                if (auto list = compile_list(item, *item.from)) made.lists.push_back(std::move(list));
                continue;
            }
            warm_values values;
            for (const auto& value : item.values) {
                if (value.text) values.insert_or_assign(value.name.value, value.text->value);
            }
            made.literal.push_back(std::move(values));
        }
        return made;
    }

private:
    void complain(config::position at, std::string what, std::string mend) {
        complaints_.push_back({std::move(at), std::move(what), std::move(mend)});
    }

    std::shared_ptr<const warm_list> compile_list(const config::warm_settings& item,
                                                  const config::warm_list_settings& from) {
        const std::size_t before = complaints_.size();
        auto made = std::make_shared<warm_list>();
        made->plan = plan_of(from);
        made->call = (from.of.post ? "POST " : "GET ") + from.of.get.value;
        made->every = from.every;
        made->max = from.max;
        auto items = aggregators::parse_json_path(from.each.value);
        if (!items) {
            complain(position_within(from.each, items.error().offset), items.error().what, items.error().mend);
        } else if (items->definite()) {
            complain(from.each.at,
                     "`each` goes over many values, and " + quote(from.each.value) + " selects one of the document",
                     "write the way to its items, as in `results[*]`, or `[*]` where the document is the list");
        } else {
            made->items = *std::move(items);
        }
        for (const auto& value : item.values)
            add_parameter(value, from.as.value, *made);
        if (complaints_.size() > before || !made->plan) return nullptr;
        return made;
    }

    // The call alone as a view of one step, so that all that steps can say, it can.
    std::shared_ptr<const aggregators::plan> plan_of(const config::warm_list_settings& from) {
        config::view_settings alone;
        alone.name = view_.name;
        alone.at = from.of.at;
        alone.path = {"/", from.of.at, false};
        alone.upstream = view_.upstream;
        alone.steps.push_back(from.of);
        config::node out;
        out.is = config::node::kind::scalar;
        out.text = from.of.name;
        out.at = from.of.at;
        alone.out = std::move(out);
        return aggregators::make_plan(alone, all_, complaints_);
    }

    void add_parameter(const config::warm_settings::value& value, const std::string& as, warm_list& into) {
        if (!value.text) return;
        const std::string& text = value.text->value;
        const auto inside = reference_in(text);
        if (!inside) {
            if (text.find('{') != std::string::npos && text.find('}') != std::string::npos)
                return complain(value.text->at,
                                quote(text) + " is neither a constant nor one reference; a parameter is one of the two",
                                "write the reference alone, as in `\"{" + as + ".id}\"`");
            into.parameters.push_back({value.name.value, text, 0});
            return;
        }
        const auto found = aggregators::parse_reference(*inside);
        if (!found)
            return complain(position_within(*value.text, 1 + found.error().offset), found.error().what,
                            found.error().mend);
        if (found->root != as)
            return complain(position_within(*value.text, 1), "nothing here is called " + quote(found->root),
                            "refer to the item, as in `{" + as + ".id}`");
        if (found->loop || !found->path.definite())
            return complain(position_within(*value.text, 1),
                            quote(std::string(*inside)) + " may select many values, and a parameter is one",
                            "refer to one value of the item, as in `{" + as + ".id}`");
        const auto known = std::find(into.columns.begin(), into.columns.end(), found->path);
        into.parameters.push_back(
            {value.name.value, std::nullopt, static_cast<std::size_t>(known - into.columns.begin())});
        if (known == into.columns.end()) into.columns.push_back(found->path);
    }

    const config::view_settings& view_;
    const config::settings& all_;
    config::complaint_list& complaints_;
};

// nullopt: an item without it makes no set.
std::optional<warm_values> values_of(const warm_list& list, const aggregators::item_table& table, std::size_t row) {
    warm_values values;
    for (const warm_list::parameter& each : list.parameters) {
        if (each.literal) {
            values.insert_or_assign(each.name, *each.literal);
            continue;
        }
        auto text = aggregators::text_of(table.cell(row, each.column));
        if (!text) return std::nullopt;
        values.insert_or_assign(each.name, *std::move(text));
    }
    return values;
}

}  // namespace

warm_plan compile_warm(const config::view_settings& view, const config::settings& all,
                       config::complaint_list& complaints) {
    return compiler(view, all, complaints).compile();
}

result<warm_reading> read_warm_items(const warm_list& list, const buffer& document, std::uint32_t json_depth) {
    auto table = aggregators::select_items(aggregators::step_value::single(document), list.items, list.columns,
                                           {.depth = json_depth});
    if (!table) return std::move(table).error();
    if (!table->present) return error{errc::wrong_type, "there is no list at " + list.items.to_string()};
    warm_reading reading;
    for (std::size_t row = 0; row < table->items.size(); ++row) {
        if (reading.sets.size() == list.max) {
            reading.cut = true;
            break;
        }
        if (auto values = values_of(list, *table, row)) {
            reading.sets.push_back(*std::move(values));
        } else {
            ++reading.skipped;
        }
    }
    return reading;
}

}  // namespace nearside::proxy
