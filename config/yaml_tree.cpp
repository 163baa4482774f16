#include "config/yaml_tree.h"

#include "config/parse_yaml.h"

#include <algorithm>
#include <utility>

namespace nearside::config {

namespace {

constexpr std::string_view plain_tag = "?";
constexpr std::string_view quoted_tag = "!";
constexpr std::string_view string_tag = "tag:yaml.org,2002:str";

struct measure {
    std::size_t nodes = 0;
    std::size_t height = 0;
};

measure measured(const node& of) {
    measure total{1, 1};
    const auto add = [&](const node& below) {
        const measure part = measured(below);
        total.nodes += part.nodes;
        total.height = std::max(total.height, part.height + 1);
    };
    for (const node& item : of.items)
        add(item);
    for (const member& each : of.members) {
        ++total.nodes;
        add(each.value);
    }
    return total;
}

}  // namespace

void yaml_tree::begin_document(position at) {
    if (started_) throw stopped{{std::move(at), "a second document in one file", "keep one, or split with `include`"}};
    started_ = true;
    root_.at = std::move(at);
}

void yaml_tree::add_null(position at, anchor_id anchor) {
    node value;
    value.at = std::move(at);
    attach(std::move(value), anchor);
}

void yaml_tree::add_scalar(position at, std::string_view tag, anchor_id anchor, const std::string& text) {
    check_tag(tag, at);
    node value;
    value.is = node::kind::scalar;
    value.at = std::move(at);
    value.text = text;
    value.quoted = tag == quoted_tag || tag == string_tag;
    attach(std::move(value), anchor);
}

void yaml_tree::add_alias(position at, anchor_id anchor) {
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) throw stopped{{std::move(at), "an alias inside its own anchor", "write it out"}};
    if (open_.size() + found->second.height > yaml_limits::depth) {
        throw stopped{{std::move(at), "nested deeper than 64 levels", "use fewer levels"}};
    }
    count(found->second.nodes, at);
    attach(found->second.value, 0);
}

void yaml_tree::begin(node::kind kind, position at, std::string_view tag, anchor_id anchor) {
    // Here, before the parser goes a level deeper: its recursion is bounded by this.
    if (open_.size() >= yaml_limits::depth) {
        throw stopped{{std::move(at), "nested deeper than 64 levels", "use fewer levels"}};
    }
    check_tag(tag, at);
    open_node next;
    next.value.is = kind;
    next.value.at = std::move(at);
    next.anchor = anchor;
    open_.push_back(std::move(next));
}

void yaml_tree::end() {
    open_node done = std::move(open_.back());
    open_.pop_back();
    merge(done);
    attach(std::move(done.value), done.anchor);
}

node yaml_tree::take() {
    closing_ = true;
    while (!open_.empty())
        end();
    return std::move(root_);
}

void yaml_tree::attach(node value, anchor_id anchor) {
    count(1, value.at);
    if (anchor != 0) remember(anchor, value);
    if (open_.empty()) {
        root_ = std::move(value);
        return;
    }
    open_node& parent = open_.back();
    if (parent.value.is == node::kind::sequence) {
        parent.value.items.push_back(std::move(value));
    } else if (!parent.has_key) {
        take_key(parent, std::move(value));
    } else {
        take_member(parent, std::move(value));
    }
}

void yaml_tree::take_key(open_node& into, node key) {
    if (key.is != node::kind::scalar) {
        tell({key.at, "a key must be a name, not " + std::string(kind_name(key)),
              "write `name: value`, and quote a name such as \"null\""});
        key.faulty = true;
    }
    into.key = std::move(key);
    into.has_key = true;
}

void yaml_tree::take_member(open_node& into, node value) {
    node key = std::move(into.key);
    into.has_key = false;
    if (key.faulty) return;
    if (key.text == "<<" && !key.quoted) {
        into.merged.push_back(std::move(value));
        return;
    }
    // The parser notices a missing value only at what follows, maybe lines later.
    if (value.is == node::kind::null) value.at = key.at;
    if (!into.names.insert(key.text).second) {
        const auto first = std::find_if(into.value.members.begin(), into.value.members.end(),
                                        [&](const member& each) { return each.key.text == key.text; });
        tell({key.at, quote(key.text) + " is given twice, first at " + first->key.at.to_string(),
              "keep one of the two"});
        return;
    }
    into.value.members.push_back({std::move(key), std::move(value)});
}

// YAML 1.1's merge key: members of other mappings, where this one doesn't give them itself.
void yaml_tree::merge(open_node& into) {
    for (const node& source : std::exchange(into.merged, {})) {
        if (source.is == node::kind::sequence) {
            for (const node& each : source.items)
                merge_one(into, each);
        } else {
            merge_one(into, source);
        }
    }
}

void yaml_tree::merge_one(open_node& into, const node& source) {
    if (source.is != node::kind::mapping) {
        tell({source.at, "`<<` needs a mapping, not " + std::string(kind_name(source)),
              "write `<<: *name` with the name of an anchored mapping"});
        return;
    }
    for (const member& each : source.members) {
        if (into.names.insert(each.key.text).second) into.value.members.push_back(each);
    }
}

void yaml_tree::remember(anchor_id anchor, const node& value) {
    const measure size = measured(value);
    count(size.nodes, value.at);
    anchors_.insert_or_assign(anchor, anchored{value, size.nodes, size.height});
}

void yaml_tree::count(std::size_t nodes, const position& at) {
    nodes_ += nodes;
    if (nodes_ > yaml_limits::nodes && !closing_) {
        throw stopped{
            {at, "more than 100000 values, with what aliases repeat", "split the file, or use fewer aliases"}};
    }
}

void yaml_tree::tell(complaint about) {
    if (!closing_) out_.push_back(std::move(about));
}

void yaml_tree::check_tag(std::string_view tag, const position& at) {
    if (tag.empty() || tag == plain_tag || tag == quoted_tag || tag == string_tag) return;
    tell({at, "the tag " + quote(tag) + " means nothing here", "remove it"});
}

}  // namespace nearside::config
