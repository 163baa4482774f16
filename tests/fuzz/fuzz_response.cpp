// links: proxy
// Response bytes in any two cuttings: no crash, and the same reading. The first byte seeds the cutting, the second says
// whether the response answers a HEAD.
#include "proxy/response_parser.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using nearside::proxy::response_parser;

// Everything that a reader of the response could tell, as one text.
std::string reading(std::string_view wire, bool to_head, std::uint32_t seed) {
    response_parser parser(to_head);
    std::string told;
    std::string body;
    std::size_t begin = 0;
    std::size_t end = seed == 0 ? wire.size() : 0;
    for (;;) {
        const std::string_view input = wire.substr(begin, end - begin);
        const auto step = parser.next(input);
        if (!step) return told + body + "!" + std::string(nearside::to_string(step.error().code));
        if (step->consumed > input.size() || step->data.size() > step->consumed) std::abort();
        begin += step->consumed;
        body += step->data;
        switch (step->what) {
            case response_parser::event::interim:
            case response_parser::event::head:
                told += std::to_string(parser.head().status) + "\n";
                parser.head().fields.write_to(told);
                continue;
            case response_parser::event::body:
                if (step->data.empty()) std::abort();
                continue;
            case response_parser::event::end:
                parser.trailers().write_to(told);
                return told + body + "." + std::to_string(begin) + (parser.may_keep_connection() ? "k" : "c");
            case response_parser::event::more:
                break;
        }
        if (end == wire.size()) {
            const auto ended = parser.end_of_stream();
            if (!ended) return told + body + "!" + std::string(nearside::to_string(ended.error().code));
            continue;
        }
        seed = seed * 1664525u + 1013904223u;
        const std::size_t piece = 1 + (seed >> 24) % 17;
        end = std::min(wire.size(), end + piece);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    const std::string_view wire(reinterpret_cast<const char*>(data) + 2, size - 2);
    const bool to_head = (data[1] & 1) != 0;
    const std::string whole = reading(wire, to_head, 0);
    if (reading(wire, to_head, data[0] + 1u) != whole) std::abort();
    return 0;
}
