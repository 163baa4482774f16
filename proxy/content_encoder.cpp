#include "proxy/content_encoder.h"

#include <brotli/encode.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <limits>
#include <memory>

namespace nearside::proxy {

namespace {

// Each is encoded once and sent many times over the short way to the client: the levels where more time begins to buy
// little, 20 to 60 MB/s for JSON.
constexpr int gzip_level = 6;
constexpr int brotli_quality = 5;
constexpr int zstd_level = 6;

constexpr std::size_t encoded_growth = 16 * 1024;

class growing_output {
public:
    // What becomes larger than `most` is of no use.
    explicit growing_output(std::size_t most) : most_(most), writer_(most / 4) {}

    std::size_t room() const noexcept { return std::max(encoded_growth, writer_.size() / 2); }
    char* prepare(std::size_t count) { return writer_.prepare(count); }
    bool commit(std::size_t count) {
        writer_.commit(count);
        return writer_.size() < most_;
    }
    buffer finish() { return writer_.finish(); }

private:
    const std::size_t most_;
    buffer_writer writer_;
};

std::optional<buffer> encode_gzip(const body& content) {
    z_stream stream{};
    constexpr int with_gzip_header = MAX_WBITS + 16;
    constexpr int memory_level = 8;
    if (deflateInit2(&stream, gzip_level, Z_DEFLATED, with_gzip_header, memory_level, Z_DEFAULT_STRATEGY) != Z_OK) {
        return std::nullopt;
    }
    const std::unique_ptr<z_stream, int (*)(z_stream*)> closer(&stream, &deflateEnd);
    growing_output output(content.size());
    // Returns false at an excess or an error.
    const auto push = [&](std::string_view bytes, int flush) {
        stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
        stream.avail_in = static_cast<uInt>(bytes.size());
        for (;;) {
            const std::size_t room = std::min<std::size_t>(output.room(), std::numeric_limits<uInt>::max());
            stream.next_out = reinterpret_cast<Bytef*>(output.prepare(room));
            stream.avail_out = static_cast<uInt>(room);
            const int state = deflate(&stream, flush);
            if (!output.commit(room - stream.avail_out) || state == Z_STREAM_ERROR) return false;
            if (state == Z_STREAM_END || (flush == Z_NO_FLUSH && stream.avail_in == 0 && stream.avail_out > 0)) {
                return true;
            }
        }
    };
    for (const slice& each : content.slices()) {
        for (std::string_view left = each.bytes; !left.empty();) {
            const std::string_view part = left.substr(0, std::numeric_limits<uInt>::max());
            if (!push(part, Z_NO_FLUSH)) return std::nullopt;
            left.remove_prefix(part.size());
        }
    }
    if (!push({}, Z_FINISH)) return std::nullopt;
    return output.finish();
}

std::optional<buffer> encode_brotli(const body& content) {
    const std::unique_ptr<BrotliEncoderState, void (*)(BrotliEncoderState*)> encoder(
        BrotliEncoderCreateInstance(nullptr, nullptr, nullptr), &BrotliEncoderDestroyInstance);
    if (!encoder) return std::nullopt;
    BrotliEncoderSetParameter(encoder.get(), BROTLI_PARAM_QUALITY, brotli_quality);
    growing_output output(content.size());
    const auto push = [&](std::string_view bytes, BrotliEncoderOperation what) {
        auto next_in = reinterpret_cast<const std::uint8_t*>(bytes.data());
        std::size_t left = bytes.size();
        do {
            const std::size_t room = output.room();
            std::size_t unused = room;
            auto next_out = reinterpret_cast<std::uint8_t*>(output.prepare(room));
            if (!BrotliEncoderCompressStream(encoder.get(), what, &left, &next_in, &unused, &next_out, nullptr)) {
                return false;
            }
            if (!output.commit(room - unused)) return false;
        } while (left > 0 || BrotliEncoderHasMoreOutput(encoder.get()));
        return true;
    };
    for (const slice& each : content.slices()) {
        if (!push(each.bytes, BROTLI_OPERATION_PROCESS)) return std::nullopt;
    }
    if (!push({}, BROTLI_OPERATION_FINISH)) return std::nullopt;
    return output.finish();
}

std::optional<buffer> encode_zstd(const body& content) {
    const std::unique_ptr<ZSTD_CCtx, std::size_t (*)(ZSTD_CCtx*)> encoder(ZSTD_createCCtx(), &ZSTD_freeCCtx);
    if (!encoder) return std::nullopt;
    ZSTD_CCtx_setParameter(encoder.get(), ZSTD_c_compressionLevel, zstd_level);
    ZSTD_CCtx_setParameter(encoder.get(), ZSTD_c_checksumFlag, 1);
    ZSTD_CCtx_setPledgedSrcSize(encoder.get(), content.size());
    growing_output output(content.size());
    const auto push = [&](std::string_view bytes, ZSTD_EndDirective what) {
        ZSTD_inBuffer input{bytes.data(), bytes.size(), 0};
        for (;;) {
            const std::size_t room = output.room();
            ZSTD_outBuffer into{output.prepare(room), room, 0};
            const std::size_t left = ZSTD_compressStream2(encoder.get(), &into, &input, what);
            if (ZSTD_isError(left) != 0 || !output.commit(into.pos)) return false;
            if (what == ZSTD_e_end ? left == 0 : input.pos == input.size) return true;
        }
    };
    for (const slice& each : content.slices()) {
        if (!push(each.bytes, ZSTD_e_continue)) return std::nullopt;
    }
    if (!push({}, ZSTD_e_end)) return std::nullopt;
    return output.finish();
}

}  // namespace

std::optional<buffer> encode_content(cache::coding into, const body& content) {
    switch (into) {
        case cache::coding::gzip:
            return encode_gzip(content);
        case cache::coding::br:
            return encode_brotli(content);
        case cache::coding::zstd:
            return encode_zstd(content);
        case cache::coding::identity:
            break;
    }
    return std::nullopt;
}

}  // namespace nearside::proxy
