// links: proxy
// Any bytes as any coded body: no crash, and never more output than allowed. The first byte chooses the coding.
#include "proxy/content_coding.h"

#include <array>
#include <cstdint>
#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 1) return 0;
    static constexpr std::array<std::string_view, 6> codings = {"gzip", "deflate", "br", "zstd", "gzip, br", ""};
    constexpr std::uint64_t most = 1024 * 1024;
    const std::string_view coded(reinterpret_cast<const char*>(data) + 1, size - 1);
    const auto decoded =
        nearside::proxy::decode_content(codings[data[0] % codings.size()], nearside::buffer::copy_of(coded), most);
    if (decoded && decoded->size() > most) std::abort();
    return 0;
}
