#include "aggregators/json_text.h"
#include "aggregators/shape.h"
#include "core/json_string.h"

#include <utility>

namespace nearside::aggregators {
namespace {

void print(const config::node& value, std::string& out) {
    switch (value.is) {
        case config::node::kind::null:
            out += "null";
            break;
        case config::node::kind::scalar:
            if (!value.quoted && (value.text == "null" || value.text == "~" || value.text.empty())) {
                out += "null";
            } else if (!value.quoted && (value.text == "true" || value.text == "false" || is_json_number(value.text))) {
                out += value.text;
            } else {
                append_json_string(out, value.text);
            }
            break;
        case config::node::kind::sequence: {
            out += '[';
            bool first = true;
            for (const config::node& item : value.items) {
                if (!std::exchange(first, false)) out += ',';
                print(item, out);
            }
            out += ']';
            break;
        }
        case config::node::kind::mapping: {
            out += '{';
            bool first = true;
            for (const auto& [key, member] : value.members) {
                if (!std::exchange(first, false)) out += ',';
                append_json_string(out, key.text);
                out += ':';
                print(member, out);
            }
            out += '}';
            break;
        }
    }
}

}  // namespace

std::string literal_json(const config::node& literal) {
    std::string json;
    print(literal, json);
    return json;
}

}  // namespace nearside::aggregators
