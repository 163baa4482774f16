// Reads values out of what a step got, for URLs and fan-outs: the nodes that paths select, without building a document.
// One walk of each document finds all that is asked; a document that is not JSON as a whole is an error (invalid_json,
// depth_limit), wherever the fault is. Pure; any thread. The values point into the documents, which must live on.
#pragma once

#include "aggregators/json_path.h"
#include "aggregators/step_value.h"
#include "core/error.h"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace nearside::aggregators {

class projection;

enum class json_kind : std::uint8_t { missing, null, boolean, number, string, array, object };

std::string_view to_string(json_kind kind) noexcept;

// A node as the upstream wrote it. `raw` is its bytes without surrounding whitespace; empty when missing.
struct json_value {
    json_kind kind = json_kind::missing;
    std::string_view raw;

    bool missing_or_null() const noexcept { return kind <= json_kind::null; }
};

// The text of a string (escapes decoded, UTF-8), number or boolean (as written). wrong_type for anything else, and for
// a string whose escapes hold half a surrogate pair, which is no text.
result<std::string> text_of(const json_value& value);

// The string that a JSON string literal, quotes included, stands for.
result<std::string> decode_string(std::string_view raw);

struct select_limits {
    std::uint32_t depth = 128;
    // More selected values than this are an error (fan_out_limit), told before they are collected.
    std::size_t values = std::numeric_limits<std::size_t>::max();
};

// Paths into one document, made ready once for documents that are read by them again and again. Immutable: any thread.
class selection {
public:
    explicit selection(std::span<const json_path> paths = {});

private:
    friend result<std::vector<std::vector<json_value>>> select(const buffer& document, const selection& what,
                                                               const select_limits& limits);
    std::shared_ptr<const projection> needed_;
    std::vector<bool> definite_;
};

// For each path the nodes it selects, in the document's order. A definite path has one value, maybe `missing`.
// Over a list, the first selector applies to the list of documents.
result<std::vector<std::vector<json_value>>> select(const step_value& from, std::span<const json_path> paths,
                                                    const select_limits& limits);

result<std::vector<std::vector<json_value>>> select(const buffer& document, const selection& what,
                                                    const select_limits& limits);

// The items that a path selects, and for each of them what `columns` (paths from the item) select: one value each, the
// first, or `missing`.
struct item_table {
    // False when the list itself is null or missing: there is nothing to fan out over, rather than an empty list.
    bool present = false;
    std::size_t columns = 0;
    std::vector<json_value> items;
    std::vector<json_value> cells;      // row after row
    std::vector<std::uint32_t> inputs;  // of a list: for each item, which input of it got the document that it is in

    const json_value& cell(std::size_t row, std::size_t column) const { return cells[row * columns + column]; }
};

// wrong_type when what should be a list is a string, number or boolean.
result<item_table> select_items(const step_value& from, const json_path& list, std::span<const json_path> columns,
                                const select_limits& limits);

}  // namespace nearside::aggregators
