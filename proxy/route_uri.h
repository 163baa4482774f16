// The URI of a request to a route, as keys and tags know it: two spellings of one URI are one text, and parameters that
// don't count are not in it. Pure; any thread.
#pragma once

#include "proxy/route.h"

#include <string>
#include <string_view>

namespace nearside::proxy {

// `target` in origin-form. Percent-encodings of unreserved characters are decoded, the others written in upper case
// (RFC 3986 6.2.2); a pair of the query whose encoding is broken stays as it is. The path is otherwise left alone:
// requests with dot segments are refused before.
std::string uri_of(const key_rules& rules, std::string_view target);

// What the upstream is asked for where the response may be stored: `target` as sent, without the parameters that don't
// count. What isn't in the key must not shape what others will get.
std::string counted_target(const key_rules& rules, std::string_view target);

// The tag by which everything stored of a URI is invalidated, whatever its key holds besides (RFC 9111 4.4).
std::string uri_tag_of(std::string_view upstream, std::string_view uri);

}  // namespace nearside::proxy
