// links: proxy config core
// Whatever head is accepted has one reading: written out again from what was read, it is read the same; and the verdict
// does not depend on how the bytes arrive.
#include "proxy/request_parser.h"
#include "tests/fuzz/fuzzing.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace {

using nearside::fuzzing::must;
using namespace nearside;
using namespace nearside::proxy;

std::string written(const parsed_request& request) {
    std::string out = request.head.method + " " + request.head.target;
    out += request.head.version == 11 ? " HTTP/1.1\r\n" : " HTTP/1.0\r\n";
    request.head.fields.write_to(out);
    return out += "\r\n";
}

bool same(const parsed_request& left, const parsed_request& right) {
    return written(left) == written(right) && left.framing.body == right.framing.body &&
           left.framing.length == right.framing.length && left.framing.keep_alive == right.framing.keep_alive &&
           left.framing.expects_continue == right.framing.expects_continue;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    config::client_limits limits;
    limits.request_line = 256;
    limits.header_bytes = 1024;
    limits.header_count = 16;

    head_scanner whole;
    const head_scanner::verdict verdict = whole.scan(bytes, limits);
    head_scanner dripped;
    head_scanner::verdict by_drops = head_scanner::verdict::incomplete;
    for (std::size_t have = 1; have <= size && by_drops == head_scanner::verdict::incomplete; ++have) {
        by_drops = dripped.scan(bytes.substr(0, have), limits);
    }
    must(verdict == by_drops);
    if (verdict == head_scanner::verdict::refused) must(whole.why().status == dripped.why().status);
    if (verdict != head_scanner::verdict::complete) return 0;
    must(whole.start() == dripped.start() && whole.end() == dripped.end() && whole.end() <= size);

    parsed_request first;
    const std::string_view head = bytes.substr(whole.start(), whole.end() - whole.start());
    if (parse_request_head(head, limits, first)) return 0;
    must(first.framing.body != body_framing::length || first.framing.length <= limits.body);
    must(first.head.target == "*" || first.head.target.front() == '/');
    must(first.head.version == 10 || !first.authority.empty());

    parsed_request second;
    const std::string again = written(first);
    config::client_limits wide;
    head_scanner scanner;
    must(scanner.scan(again, wide) == head_scanner::verdict::complete && scanner.end() == again.size());
    must(!parse_request_head(again, wide, second));
    must(same(first, second));
    return 0;
}
