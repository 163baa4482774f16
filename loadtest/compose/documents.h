// The documents that composition is measured on, made from a fixed seed: the same bytes in every run.
#pragma once

#include "core/body.h"

#include <cstddef>

namespace nearside::bench {

// {"count":..,"results":[{"id":..,..},..]}: about 430 bytes an item, 20 members, some nested.
buffer jobs_document(std::size_t bytes);
// The same, indented and with line ends, as a server in debug mode sends it.
buffer indented_jobs_document(std::size_t bytes);
// {"points":[{"step":..,"value":..},..]}: little else than numbers.
buffer points_document(std::size_t bytes);
// Items with long texts in Korean, and escapes.
buffer texts_document(std::size_t bytes);

}  // namespace nearside::bench
