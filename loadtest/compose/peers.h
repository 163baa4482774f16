// What composition is compared with: simdjson used directly, as its documentation recommends, and what is written where
// speed is not thought of, nlohmann's library and Node.js.
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

// What a backend-for-frontend does: parses the document, builds an object of `id`, `status` and `created_at` for each
// of `results`, and writes them. The bytes written; 0 when something went wrong.
std::size_t nlohmann_picks(const buffer& document);

// The same in JavaScript, CPU time of the best of `rounds`, by the program `node`; 0 where it is not to be had.
double node_pick_seconds(const buffer& document, int rounds);

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
