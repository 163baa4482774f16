#include "aggregators/json_grammar.h"

namespace nearside::aggregators {
namespace {

std::size_t count_digits(const char* at) noexcept {
    std::size_t count = 0;
    std::size_t more = 0;
    do {
        more = first_digits(at + count);
        count += more;
    } while (more == sizeof(std::uint64_t));
    return count;
}

}  // namespace

bool is_number(const char* at) noexcept {
    if (*at == '-') ++at;
    std::size_t count = count_digits(at);
    if (count == 0 || (count > 1 && *at == '0')) return false;
    at += count;
    if (*at == '.') {
        count = count_digits(++at);
        if (count == 0) return false;
        at += count;
    }
    if (*at == 'e' || *at == 'E') {
        ++at;
        if (*at == '+' || *at == '-') ++at;
        count = count_digits(at);
        if (count == 0) return false;
        at += count;
    }
    return ends_number(*at);
}

}  // namespace nearside::aggregators
