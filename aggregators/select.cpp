#include "aggregators/select.h"

#include "aggregators/json_fault.h"
#include "aggregators/json_text.h"
#include "aggregators/list_pick.h"
#include "aggregators/projector.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace nearside::aggregators {
namespace {

json_kind kind_of(char first) noexcept {
    switch (first) {
        case '\0':
            return json_kind::missing;
        case 'n':
            return json_kind::null;
        case 't':
        case 'f':
            return json_kind::boolean;
        case '"':
            return json_kind::string;
        case '[':
            return json_kind::array;
        case '{':
            return json_kind::object;
        default:
            return json_kind::number;
    }
}

error too_many(std::size_t limit) {
    return {errc::fan_out_limit, fmt::format("selects more than {} values", limit)};
}

// Keeps what it is told as values. Elements are numbered: first the paths (or columns), then the list, then its base.
class value_sink final : public projection_sink {
public:
    value_sink(std::size_t lists, const select_limits& limits) : found_(lists), limits_(limits) {}

    void read(const buffer& document) { document_ = &document; }
    // The documents to come are what this input of a list got.
    void enter_input(std::uint32_t number) {
        of_list_ = true;
        input_ = number;
    }

    bool on_capture(element_id id, std::uint32_t begin, std::uint32_t end) override {
        if (in_item_) {
            row_[id] = value(begin, end);
        } else {
            found_[id].assign(1, value(begin, end));
        }
        return true;
    }
    bool on_collect(element_id id, std::uint32_t begin, std::uint32_t end) override {
        // A column has one value: the first.
        if (in_item_) {
            if (row_[id].kind == json_kind::missing) row_[id] = value(begin, end);
            return true;
        }
        if (found_[id].size() >= limits_.values) {
            failure_ = too_many(limits_.values);
            return false;
        }
        found_[id].push_back(value(begin, end));
        return true;
    }
    bool on_base(element_id, char first) override {
        base_ = kind_of(first);
        return true;
    }
    bool on_item_begin(element_id, std::uint32_t) override {
        row_.assign(table_.columns, {});
        in_item_ = true;
        return true;
    }
    bool on_item_end(element_id, std::uint32_t begin, std::uint32_t end) override {
        in_item_ = false;
        if (table_.items.size() >= limits_.values) {
            failure_ = too_many(limits_.values);
            return false;
        }
        table_.items.push_back(value(begin, end));
        if (of_list_) table_.inputs.push_back(input_);
        table_.cells.insert(table_.cells.end(), row_.begin(), row_.end());
        return true;
    }
    bool on_pick(element_id, char) override { return true; }
    bool on_members(element_id, std::uint32_t, std::uint32_t) override { return true; }

    // What is remembered of each list is its length; of an item at hand, its row.
    void remember(std::span<const element_id> lists) override {
        for (const element_id id : lists)
            marks_.push_back(id < found_.size() ? found_[id].size() : 0);
        marks_.push_back(table_.items.size());
        marks_.push_back(static_cast<std::size_t>(base_));
        if (in_item_) rows_.insert(rows_.end(), row_.begin(), row_.end());
    }
    void go_back(std::span<const element_id> lists, std::span<const element_id> captures) override {
        if (!lists.empty()) {
            const std::size_t* mark = marks_.data() + marks_.size() - lists.size() - 2;
            for (const element_id id : lists) {
                if (id < found_.size()) found_[id].resize(*mark);
                ++mark;
            }
            table_.items.resize(*mark);
            if (of_list_) table_.inputs.resize(*mark);
            table_.cells.resize(*mark++ * table_.columns);
            base_ = static_cast<json_kind>(*mark);
            if (in_item_) row_.assign(rows_.end() - static_cast<std::ptrdiff_t>(row_.size()), rows_.end());
        }
        for (const element_id id : captures) {
            if (in_item_) {
                row_[id] = {};
            } else if (id < found_.size()) {
                found_[id].clear();
            }
        }
    }
    void forget(std::span<const element_id> lists) override {
        marks_.resize(marks_.size() - lists.size() - 2);
        if (in_item_) rows_.resize(rows_.size() - row_.size());
    }

    std::vector<std::vector<json_value>>& found() noexcept { return found_; }
    item_table& table() noexcept { return table_; }
    json_kind base() const noexcept { return base_; }
    void set_base(json_kind kind) noexcept { base_ = kind; }
    std::optional<error>& failure() noexcept { return failure_; }

private:
    json_value value(std::uint32_t begin, std::uint32_t end) const {
        const std::string_view raw = document_->view().substr(begin, end - begin);
        return {kind_of(raw.front()), raw};
    }

    std::vector<std::vector<json_value>> found_;
    item_table table_;
    std::vector<json_value> row_;
    bool in_item_ = false;
    bool of_list_ = false;
    std::uint32_t input_ = 0;
    json_kind base_ = json_kind::missing;
    const select_limits& limits_;
    const buffer* document_ = nullptr;
    std::vector<std::size_t> marks_;  // a stack
    std::vector<json_value> rows_;    // likewise
    std::optional<error> failure_;
};

std::optional<error> walk(const buffer& document, const projection& needed, projector& reader, value_sink& sink,
                          const select_limits& limits) {
    sink.read(document);
    if (reader.walk_document(document, limits.depth, needed, sink)) return std::nullopt;
    if (sink.failure()) return sink.failure();
    return explain_json_fault(document.view(), limits.depth);
}

// Walks the documents of a list that `path` begins with, or the one document, by what `add` puts into the projection.
template <class Add>
std::optional<error> walk_value(const step_value& from, const json_path& path, projector& reader, value_sink& sink,
                                const select_limits& limits, Add add) {
    projection needed;
    std::span<const selector> rest = path.selectors;
    if (from.list && !rest.empty()) rest = rest.subspan(1);
    add(needed, rest);
    needed.seal();
    if (!from.list) return walk(from.documents.front(), needed, reader, sink, limits);
    const selector first = path.selectors.empty() ? selector(wildcard_selector{}) : path.selectors.front();
    for (const std::uint32_t number : select_inputs(from, first, reader, limits.depth)) {
        sink.enter_input(number);
        if (auto failure = walk(input_document(from, number), needed, reader, sink, limits)) return failure;
    }
    return std::nullopt;
}

void add_value(projection& needed, std::span<const selector> path, element_id id, bool definite) {
    need& leaf = needed.at(needed.reach(projection::root, path));
    (definite ? leaf.captures : leaf.collects).push_back(id);
}

}  // namespace

std::string_view to_string(json_kind kind) noexcept {
    switch (kind) {
        case json_kind::missing:
            return "nothing";
        case json_kind::null:
            return "null";
        case json_kind::boolean:
            return "a boolean";
        case json_kind::number:
            return "a number";
        case json_kind::string:
            return "a string";
        case json_kind::array:
            return "an array";
        case json_kind::object:
            return "an object";
    }
    return "nothing";
}

result<std::string> decode_string(std::string_view raw) {
    std::string text;
    if (!decode_json_string(raw, text))
        return error{errc::wrong_type, "a string with half a surrogate pair is no text"};
    return text;
}

result<std::string> text_of(const json_value& value) {
    if (value.kind == json_kind::string) return decode_string(value.raw);
    if (value.kind == json_kind::number || value.kind == json_kind::boolean) return std::string(value.raw);
    return error{errc::wrong_type,
                 fmt::format("{} where a string, number or boolean is needed", to_string(value.kind))};
}

selection::selection(std::span<const json_path> paths) {
    auto needed = std::make_shared<projection>();
    for (element_id id = 0; id < paths.size(); ++id) {
        definite_.push_back(paths[id].definite());
        add_value(*needed, paths[id].selectors, id, definite_[id]);
    }
    needed->seal();
    needed_ = std::move(needed);
}

result<std::vector<std::vector<json_value>>> select(const buffer& document, const selection& what,
                                                    const select_limits& limits) {
    value_sink sink(what.definite_.size(), limits);
    projector reader;
    if (auto failure = walk(document, *what.needed_, reader, sink, limits)) return *failure;
    for (element_id id = 0; id < what.definite_.size(); ++id)
        if (what.definite_[id] && sink.found()[id].empty()) sink.found()[id].emplace_back();
    return std::move(sink.found());
}

result<std::vector<std::vector<json_value>>> select(const step_value& from, std::span<const json_path> paths,
                                                    const select_limits& limits) {
    if (!from.list) return select(from.documents.front(), selection(paths), limits);
    value_sink sink(paths.size(), limits);
    projector reader;
    for (element_id id = 0; id < paths.size(); ++id) {
        const bool definite = paths[id].definite() && !paths[id].selectors.empty();
        const auto failure = walk_value(
            from, paths[id], reader, sink, limits,
            [&](projection& needed, std::span<const selector> rest) { add_value(needed, rest, id, definite); });
        if (failure) return *failure;
    }
    for (element_id id = 0; id < paths.size(); ++id)
        if (paths[id].definite() && sink.found()[id].empty()) sink.found()[id].emplace_back();
    return std::move(sink.found());
}

result<item_table> select_items(const step_value& from, const json_path& list, std::span<const json_path> columns,
                                const select_limits& limits) {
    value_sink sink(0, limits);
    sink.table().columns = columns.size();
    const auto loop = static_cast<element_id>(columns.size());
    const auto indefinite = std::ranges::find_if_not(list.selectors, [](const selector& part) {
        return std::holds_alternative<name_selector>(part) || std::holds_alternative<index_selector>(part);
    });
    const auto base_length = static_cast<std::size_t>(indefinite - list.selectors.begin());
    const bool over_documents = from.list && base_length == 0;
    projector reader;
    const auto failure =
        walk_value(from, list, reader, sink, limits, [&](projection& needed, std::span<const selector> rest) {
            const std::size_t taken = list.selectors.size() - rest.size();
            if (!over_documents)
                needed.at(needed.reach(projection::root, rest.first(base_length - taken))).bases.push_back(loop + 1);
            const std::uint32_t item = needed.reach(projection::root, rest);
            needed.at(item).loops.push_back(loop);
            for (element_id id = 0; id < columns.size(); ++id) {
                need& leaf = needed.at(needed.reach(item, columns[id].selectors));
                (columns[id].definite() ? leaf.captures : leaf.collects).push_back(id);
            }
        });
    if (failure) return *failure;
    if (over_documents) sink.set_base(json_kind::array);
    if (sink.base() == json_kind::boolean || sink.base() == json_kind::number || sink.base() == json_kind::string)
        return error{errc::wrong_type, fmt::format("'{}' needs a list, and the upstream sent {}", list.to_string(),
                                                   to_string(sink.base()))};
    sink.table().present = sink.base() > json_kind::null;
    return std::move(sink.table());
}

}  // namespace nearside::aggregators
