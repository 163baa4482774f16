// A request's body as one text. In the exchange's coroutine.
#pragma once

#include "core/error.h"
#include "proxy/exchange.h"

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <string>

namespace nearside::proxy {

// body_too_large where it is longer than `most`.
boost::asio::awaitable<result<std::string>> read_whole(exchange& call, std::size_t most);

}  // namespace nearside::proxy
