#include "proxy/read_whole.h"

#include <string_view>

namespace nearside::proxy {

namespace asio = boost::asio;

asio::awaitable<result<std::string>> read_whole(exchange& call, std::size_t most) {
    const error too_large{errc::body_too_large, "the body is longer than " + std::to_string(most) + " bytes"};
    if (call.body_length().value_or(0) > most) co_return too_large;
    std::string whole;
    for (;;) {
        const result<std::string_view> piece = co_await call.read_body();
        if (!piece) co_return piece.error();
        if (piece->empty()) co_return whole;
        if (piece->size() > most - whole.size()) co_return too_large;
        whole.append(*piece);
    }
}

}  // namespace nearside::proxy
