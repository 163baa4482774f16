// The query of a URL as its pairs. What they mean is the caller's business: nothing is decoded here. Pure; any thread.
#pragma once

#include <string_view>

namespace nearside::proxy {

struct query_pair {
    std::string_view whole;
    std::string_view name;   // before the first `=`
    std::string_view value;  // after it; empty without one
};

// Every pair between `&`, empty ones too, in order. A query without a byte has no pair.
template <class Each>
void for_each_query_pair(std::string_view query, Each each) {
    if (query.empty()) return;
    while (true) {
        const auto mark = query.find('&');
        const std::string_view pair = query.substr(0, mark);
        const auto equals = pair.find('=');
        each(query_pair{pair, pair.substr(0, equals),
                        equals == std::string_view::npos ? std::string_view{} : pair.substr(equals + 1)});
        if (mark == std::string_view::npos) return;
        query.remove_prefix(mark + 1);
    }
}

}  // namespace nearside::proxy
