// Who a request is from, as far as views are concerned: the header values that the view's upstreams are sent. Two
// requests with the same ones see the same data, so these are what keys an entry. Pure; any thread.
#pragma once

#include "core/http_message.h"
#include "proxy/view.h"

#include <string>

namespace nearside::proxy {

// The principal's part of the key; empty when the request has none of the view's forwarded headers.
std::string principal_of(const header_fields& request, const view& of);

}  // namespace nearside::proxy
