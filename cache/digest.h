// SHA-256 digests of bodies and credentials, shortened to 128 bits and written as text: what an ETag and a principal's
// part of a key are made of. Pure; any thread.
#pragma once

#include "core/body.h"

#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace nearside::cache {

// A strong entity tag with its quotes (RFC 9110 8.8.3). Equal bytes give equal tags, however they are sliced.
std::string entity_tag(const body& content);

// Stands for the header values a principal is known by, without holding them. Names and values are framed by their
// lengths, so that no two different lists meet in one digest. Empty list: empty text.
std::string principal_digest(std::span<const std::pair<std::string_view, std::string_view>> fields);

// Stands for a text of any length: 32 characters.
std::string text_digest(std::string_view text);

}  // namespace nearside::cache
