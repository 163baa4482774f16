// What composition is compared with: simdjson used directly, as its documentation recommends.
#pragma once

#include "core/body.h"

#include <cstddef>

namespace nearside::bench {

// Reads `id`, `status` and `created_at` of each of `results`, in the order of the document, and returns how many bytes
// these values have; 0 when something went wrong.
class ondemand_reader {
public:
    ondemand_reader();
    ~ondemand_reader();
    std::size_t pick_fields(const buffer& document);

private:
    struct parser;
    parser* parser_;
};

// Parses the document whole, into a parser that is used again.
class dom_reader {
public:
    dom_reader();
    ~dom_reader();
    bool parse(const buffer& document);

private:
    struct parser;
    parser* parser_;
};

}  // namespace nearside::bench
