// One body as gzip. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

namespace nearside::farapi {

std::string gzip_compress(std::string_view bytes);

}  // namespace nearside::farapi
