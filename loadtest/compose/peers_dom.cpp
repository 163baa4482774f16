#include "loadtest/compose/peers.h"

#include <simdjson.h>

namespace nearside::bench {

struct dom_reader::parser {
    simdjson::dom::parser own;
};

dom_reader::dom_reader() : parser_(new parser) {}
dom_reader::~dom_reader() {
    delete parser_;
}

bool dom_reader::parse(const buffer& document) {
    return parser_->own.parse(document.data(), document.size(), false).error() == simdjson::SUCCESS;
}

}  // namespace nearside::bench
