#include "proxy/content_coding.h"

#include "core/http_message.h"

#include <brotli/decode.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <array>
#include <limits>
#include <memory>
#include <vector>

namespace nearside::proxy {

namespace {

constexpr std::size_t decoded_growth = 64 * 1024;
constexpr std::size_t most_codings = 3;
// RFC 9659 3: the window of the zstd content coding.
constexpr int zstd_window_log = 23;

enum class content_code { gzip, deflate, br, zstd };

error corrupt(std::string_view what) {
    return {errc::bad_content_coding, std::string(what)};
}

// A buffer that refuses to grow over its limit. One byte more than allowed may be written, to notice the excess.
class bounded_output {
public:
    bounded_output(std::size_t expected, std::uint64_t most)
        : most_(most), writer_(static_cast<std::size_t>(std::min<std::uint64_t>(expected, most))) {}

    std::size_t room() const noexcept {
        return static_cast<std::size_t>(std::min<std::uint64_t>(
            most_ - writer_.size() + 1, std::max<std::size_t>(decoded_growth, writer_.size() / 2)));
    }
    char* prepare(std::size_t count) { return writer_.prepare(count); }
    bool commit(std::size_t count) {
        writer_.commit(count);
        return writer_.size() <= most_;
    }
    buffer finish() { return writer_.finish(); }

private:
    const std::uint64_t most_;
    buffer_writer writer_;
};

error too_large() {
    return {errc::response_too_large, "the decoded body is larger than max_response"};
}

result<buffer> inflate_body(std::string_view coded, int window_bits, std::uint64_t most) {
    z_stream stream{};
    if (inflateInit2(&stream, window_bits) != Z_OK) return error{errc::internal, "zlib cannot start"};
    const std::unique_ptr<z_stream, int (*)(z_stream*)> closer(&stream, &inflateEnd);
    bounded_output output(coded.size() * 4, most);

    std::size_t taken = 0;
    for (;;) {
        const std::size_t room = std::min<std::size_t>(output.room(), std::numeric_limits<uInt>::max());
        const std::size_t given = std::min<std::size_t>(coded.size() - taken, std::numeric_limits<uInt>::max());
        stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(coded.data() + taken));
        stream.avail_in = static_cast<uInt>(given);
        stream.next_out = reinterpret_cast<Bytef*>(output.prepare(room));
        stream.avail_out = static_cast<uInt>(room);
        const int state = inflate(&stream, Z_NO_FLUSH);
        taken += given - stream.avail_in;
        if (!output.commit(room - stream.avail_out)) return too_large();
        if (state == Z_STREAM_END) {
            if (taken == coded.size()) return output.finish();
            // RFC 1952 2.2: a gzip file is a series of members.
            if (inflateReset(&stream) != Z_OK) return corrupt("gzip: cannot go on to the next member");
            continue;
        }
        if (state == Z_BUF_ERROR || (state == Z_OK && taken == coded.size() && stream.avail_out > 0)) {
            return corrupt("the body ends in the middle of its compressed stream");
        }
        if (state != Z_OK) return corrupt(stream.msg != nullptr ? stream.msg : "not a valid compressed stream");
    }
}

// RFC 9110 8.4.1.2 means the zlib format; some send the bare stream.
result<buffer> inflate_deflate(std::string_view coded, std::uint64_t most) {
    const bool zlib_header =
        coded.size() >= 2 && (coded[0] & 0x0f) == 8 &&
        (static_cast<unsigned char>(coded[0]) * 256 + static_cast<unsigned char>(coded[1])) % 31 == 0;
    return inflate_body(coded, zlib_header ? MAX_WBITS : -MAX_WBITS, most);
}

result<buffer> decode_brotli(std::string_view coded, std::uint64_t most) {
    const std::unique_ptr<BrotliDecoderState, void (*)(BrotliDecoderState*)> decoder(
        BrotliDecoderCreateInstance(nullptr, nullptr, nullptr), &BrotliDecoderDestroyInstance);
    if (!decoder) return error{errc::internal, "brotli cannot start"};
    bounded_output output(coded.size() * 4, most);
    auto next_in = reinterpret_cast<const std::uint8_t*>(coded.data());
    std::size_t left = coded.size();
    for (;;) {
        const std::size_t room = output.room();
        std::size_t unused = room;
        auto next_out = reinterpret_cast<std::uint8_t*>(output.prepare(room));
        const auto state = BrotliDecoderDecompressStream(decoder.get(), &left, &next_in, &unused, &next_out, nullptr);
        if (!output.commit(room - unused)) return too_large();
        switch (state) {
            case BROTLI_DECODER_RESULT_SUCCESS:
                if (left > 0) return corrupt("br: bytes after the end");
                return output.finish();
            case BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT:
                continue;
            case BROTLI_DECODER_RESULT_NEEDS_MORE_INPUT:
                return corrupt("the body ends in the middle of its compressed stream");
            default:
                return corrupt("br: not a valid compressed stream");
        }
    }
}

result<buffer> decode_zstd(std::string_view coded, std::uint64_t most) {
    const std::unique_ptr<ZSTD_DStream, std::size_t (*)(ZSTD_DStream*)> decoder(ZSTD_createDStream(),
                                                                                &ZSTD_freeDStream);
    if (!decoder) return error{errc::internal, "zstd cannot start"};
    ZSTD_DCtx_setParameter(decoder.get(), ZSTD_d_windowLogMax, zstd_window_log);
    const unsigned long long told = ZSTD_getFrameContentSize(coded.data(), coded.size());
    const bool known = told != ZSTD_CONTENTSIZE_UNKNOWN && told != ZSTD_CONTENTSIZE_ERROR;
    if (known && told > most) return too_large();
    bounded_output output(known ? static_cast<std::size_t>(told) + 1 : coded.size() * 4, most);
    ZSTD_inBuffer input{coded.data(), coded.size(), 0};
    for (;;) {
        const std::size_t room = output.room();
        ZSTD_outBuffer into{output.prepare(room), room, 0};
        const std::size_t state = ZSTD_decompressStream(decoder.get(), &into, &input);
        if (ZSTD_isError(state) != 0) return corrupt(std::string("zstd: ") + ZSTD_getErrorName(state));
        if (!output.commit(into.pos)) return too_large();
        if (input.pos == input.size && into.pos < room) {
            if (state != 0) return corrupt("the body ends in the middle of its compressed stream");
            return output.finish();
        }
    }
}

result<buffer> decode_one(content_code which, std::string_view coded, std::uint64_t most) {
    constexpr int with_gzip_header = MAX_WBITS + 16;
    switch (which) {
        case content_code::gzip:
            return inflate_body(coded, with_gzip_header, most);
        case content_code::deflate:
            return inflate_deflate(coded, most);
        case content_code::br:
            return decode_brotli(coded, most);
        case content_code::zstd:
            return decode_zstd(coded, most);
    }
    return corrupt("unknown");
}

}  // namespace

result<buffer> decode_content(std::string_view codings, buffer coded, std::uint64_t most_bytes) {
    std::vector<content_code> applied;
    bool known = true;
    for_each_member(codings, [&](std::string_view name) {
        if (iequals(name, "identity")) return;
        if (iequals(name, "gzip") || iequals(name, "x-gzip")) {
            applied.push_back(content_code::gzip);
        } else if (iequals(name, "deflate")) {
            applied.push_back(content_code::deflate);
        } else if (iequals(name, "br")) {
            applied.push_back(content_code::br);
        } else if (iequals(name, "zstd")) {
            applied.push_back(content_code::zstd);
        } else {
            known = false;
        }
    });
    if (!known || applied.size() > most_codings) return corrupt("a content coding that was not asked for");
    if (coded.size() > most_bytes) return too_large();
    // Some say gzip even of an empty body.
    if (coded.size() == 0) return coded;
    for (auto which = applied.rbegin(); which != applied.rend(); ++which) {
        auto decoded = decode_one(*which, coded.view(), most_bytes);
        if (!decoded) return decoded.error();
        coded = std::move(*decoded);
    }
    return coded;
}

}  // namespace nearside::proxy
