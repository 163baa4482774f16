#include "loadtest/farapi/gzip.h"

#include <zlib.h>

#include <stdexcept>

namespace nearside::farapi {

std::string gzip_compress(std::string_view bytes) {
    constexpr int window_and_gzip = 15 + 16;  // zlib's way to ask for the gzip wrapper
    constexpr int level = 1;                  // CPU of the simulator is not what is measured
    z_stream stream{};
    if (deflateInit2(&stream, level, Z_DEFLATED, window_and_gzip, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
        throw std::runtime_error("zlib: out of memory");
    }
    std::string out(deflateBound(&stream, bytes.size()), '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream.avail_in = static_cast<uInt>(bytes.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    const int outcome = deflate(&stream, Z_FINISH);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    if (outcome != Z_STREAM_END) throw std::runtime_error("zlib: deflate failed");
    return out;
}

}  // namespace nearside::farapi
