#include "loadtest/compose/peers.h"

#include <simdjson.h>

namespace nearside::bench {

struct ondemand_reader::parser {
    simdjson::ondemand::parser own;
};

ondemand_reader::ondemand_reader() : parser_(new parser) {}
ondemand_reader::~ondemand_reader() {
    delete parser_;
}

std::size_t ondemand_reader::pick_fields(const buffer& document) {
    simdjson::ondemand::document parsed;
    if (parser_->own.iterate(document.data(), document.size(), document.size() + buffer::padding).get(parsed)) return 0;
    simdjson::ondemand::array results;
    if (parsed.find_field("results").get_array().get(results)) return 0;
    std::size_t bytes = 0;
    for (auto item : results) {
        simdjson::ondemand::object object;
        if (item.get_object().get(object)) return 0;
        for (const char* const name : {"id", "status", "created_at"}) {
            simdjson::ondemand::value value;
            if (object.find_field(name).get(value)) return 0;
            bytes += value.raw_json_token().size();
        }
    }
    return bytes;
}

}  // namespace nearside::bench
