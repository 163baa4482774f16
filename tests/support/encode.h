// Content codings the other way round, for tests that need coded bodies.
#pragma once

#include <brotli/encode.h>
#include <zlib.h>
#include <zstd.h>

#include <string>

namespace nearside::testing::encode {

inline std::string deflated(const std::string& text, int window_bits) {
    z_stream stream{};
    deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY);
    std::string coded(deflateBound(&stream, text.size()) + 32, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    stream.avail_in = static_cast<uInt>(text.size());
    stream.next_out = reinterpret_cast<Bytef*>(coded.data());
    stream.avail_out = static_cast<uInt>(coded.size());
    deflate(&stream, Z_FINISH);
    coded.resize(stream.total_out);
    deflateEnd(&stream);
    return coded;
}

inline std::string gzip(const std::string& text) {
    return deflated(text, MAX_WBITS + 16);
}
inline std::string zlib(const std::string& text) {
    return deflated(text, MAX_WBITS);
}
inline std::string raw_deflate(const std::string& text) {
    return deflated(text, -MAX_WBITS);
}

inline std::string brotli(const std::string& text) {
    std::size_t size = BrotliEncoderMaxCompressedSize(text.size()) + 16;
    std::string coded(size, '\0');
    BrotliEncoderCompress(5, BROTLI_DEFAULT_WINDOW, BROTLI_MODE_TEXT, text.size(),
                          reinterpret_cast<const std::uint8_t*>(text.data()), &size,
                          reinterpret_cast<std::uint8_t*>(coded.data()));
    coded.resize(size);
    return coded;
}

inline std::string zstd(const std::string& text) {
    std::string coded(ZSTD_compressBound(text.size()), '\0');
    coded.resize(ZSTD_compress(coded.data(), coded.size(), text.data(), text.size(), 3));
    return coded;
}

}  // namespace nearside::testing::encode
