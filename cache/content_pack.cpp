#include "cache/content_pack.h"

#include <zstd.h>

#include <algorithm>
#include <new>
#include <utility>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace nearside::cache {

namespace {

// Of 48 MB of API objects level 1 makes a seventh, at 3 ms of CPU a MB; level 3 no less at 5 ms, level 6 at 18 ms.
constexpr int zstd_level = 1;
// Below this a compressed copy saves less than it costs to make.
constexpr std::size_t least_to_compress = 1024;
// What is tried, and by how much it must shrink: by an eighth.
constexpr std::size_t sample_bytes = 64 * 1024;
// A decoder takes no larger window than an encoder of ours would make: 8 MiB.
constexpr int most_window_log = 23;

class running_checksum {
public:
    running_checksum() { XXH3_64bits_reset(&state_); }
    void add(std::string_view bytes) {
        if (!bytes.empty()) XXH3_64bits_update(&state_, bytes.data(), bytes.size());
    }
    std::uint64_t value() const noexcept { return XXH3_64bits_digest(&state_); }

private:
    XXH3_state_t state_;
};

bool shrinks(const body& content) {
    std::string sample;
    sample.reserve(std::min(content.size(), sample_bytes));
    for (const slice& each : content.slices()) {
        sample.append(each.bytes.substr(0, sample_bytes - sample.size()));
        if (sample.size() == sample_bytes) break;
    }
    std::string packed(ZSTD_compressBound(sample.size()), '\0');
    const std::size_t size = ZSTD_compress(packed.data(), packed.size(), sample.data(), sample.size(), 1);
    return ZSTD_isError(size) == 0 && size <= sample.size() - sample.size() / 8;
}

using compressor = std::unique_ptr<ZSTD_CCtx, decltype(&ZSTD_freeCCtx)>;
using decompressor = std::unique_ptr<ZSTD_DCtx, decltype(&ZSTD_freeDCtx)>;

}  // namespace

struct content_packer::state {
    body content;
    std::size_t slice = 0, offset = 0;  // of what comes next
    running_checksum checksum;
    std::uint64_t packed_bytes = 0;
    bool at_end = false;
    compressor zstd{nullptr, &ZSTD_freeCCtx};  // null: plain

    std::string_view rest_of_slice() const {
        return slice < content.slices().size() ? content.slices()[slice].bytes.substr(offset) : std::string_view{};
    }
    void pass(std::size_t count) {
        checksum.add(rest_of_slice().substr(0, count));
        offset += count;
        if (slice < content.slices().size() && offset == content.slices()[slice].bytes.size()) {
            ++slice;
            offset = 0;
        }
    }

    void copy(std::string& into, std::size_t most) {
        while (into.size() < most && slice < content.slices().size()) {
            const std::string_view bytes = rest_of_slice().substr(0, most - into.size());
            into.append(bytes);
            pass(bytes.size());
        }
        at_end = slice == content.slices().size();
    }
    void compress(std::string& into, std::size_t most) {
        std::size_t filled = 0;
        // What is small is not given room for a whole chunk, unless it turns out to need it.
        for (const std::size_t room : {std::min(most, ZSTD_compressBound(content.size())), most}) {
            into.resize(room);
            fill(into, filled);
            if (at_end) break;
        }
        into.resize(filled);
    }
    void fill(std::string& into, std::size_t& filled) {
        ZSTD_outBuffer output{into.data(), into.size(), filled};
        while (output.pos < output.size && !at_end) {
            const std::string_view bytes = rest_of_slice();
            const bool last = slice + 1 >= content.slices().size();
            ZSTD_inBuffer input{bytes.data(), bytes.size(), 0};
            const std::size_t held =
                ZSTD_compressStream2(zstd.get(), &output, &input, last ? ZSTD_e_end : ZSTD_e_continue);
            if (ZSTD_isError(held) != 0) throw std::bad_alloc();
            pass(input.pos);
            at_end = last && held == 0;
        }
        filled = output.pos;
    }
};

content_packer::content_packer(body content, bool may_compress) : state_(std::make_unique<state>()) {
    state_->content = std::move(content);
    const std::size_t size = state_->content.size();
    state_->at_end = size == 0;
    if (!may_compress || size < least_to_compress || !shrinks(state_->content)) return;
    state_->zstd.reset(ZSTD_createCCtx());
    if (!state_->zstd) throw std::bad_alloc();
    ZSTD_CCtx_setParameter(state_->zstd.get(), ZSTD_c_compressionLevel, zstd_level);
    ZSTD_CCtx_setPledgedSrcSize(state_->zstd.get(), size);
}

content_packer::~content_packer() = default;
content_packer::content_packer(content_packer&&) noexcept = default;
content_packer& content_packer::operator=(content_packer&&) noexcept = default;

packing content_packer::how() const noexcept {
    return state_->zstd ? packing::zstd : packing::plain;
}

std::string content_packer::next(std::size_t most) {
    std::string packed;
    if (state_->at_end) return packed;
    if (state_->zstd) {
        state_->compress(packed, most);
    } else {
        state_->copy(packed, most);
    }
    state_->packed_bytes += packed.size();
    return packed;
}

bool content_packer::at_end() const noexcept {
    return state_->at_end;
}

std::uint64_t content_packer::packed_bytes() const noexcept {
    return state_->packed_bytes;
}

std::uint64_t content_packer::checksum() const noexcept {
    return state_->checksum.value();
}

struct content_unpacker::state {
    std::uint64_t size = 0, expected_checksum = 0;
    std::uint64_t unpacked = 0;
    running_checksum checksum;
    std::vector<buffer> pieces;
    buffer_writer piece{0};
    decompressor zstd{nullptr, &ZSTD_freeDCtx};  // null: plain
    bool ended = false;                          // the compressed stream
    bool broken = false;

    // Room for what is left of a piece; memory is taken as content arrives, not as a length promises it.
    std::size_t room() const noexcept {
        return static_cast<std::size_t>(std::min<std::uint64_t>(piece_bytes - piece.size(), size - unpacked));
    }
    char* prepare() {
        if (piece.size() == 0) piece = buffer_writer(room());
        return piece.prepare(room());
    }
    void commit(std::size_t count) {
        checksum.add({piece.view().data() + piece.size(), count});
        piece.commit(count);
        unpacked += count;
        if (piece.size() == piece_bytes || (unpacked == size && piece.size() > 0)) pieces.push_back(piece.finish());
    }

    bool copy(std::string_view bytes) {
        if (bytes.size() > size - unpacked) return false;
        while (!bytes.empty()) {
            const std::string_view part = bytes.substr(0, room());
            std::copy(part.begin(), part.end(), prepare());
            commit(part.size());
            bytes.remove_prefix(part.size());
        }
        return true;
    }
    bool decompress(std::string_view bytes) {
        ZSTD_inBuffer input{bytes.data(), bytes.size(), 0};
        for (;;) {
            if (ended) return input.pos == input.size;
            // With no room left the decoder may still have the end of its stream to read.
            char past_the_end = 0;
            const std::size_t room_left = room();
            ZSTD_outBuffer output{room_left > 0 ? prepare() : &past_the_end, room_left, 0};
            const std::size_t before = input.pos;
            const std::size_t wanted = ZSTD_decompressStream(zstd.get(), &output, &input);
            if (ZSTD_isError(wanted) != 0) return false;
            if (output.pos > 0) commit(output.pos);
            ended = wanted == 0;
            if (!ended && input.pos == before && output.pos == 0) return input.pos == input.size;
        }
    }
};

content_unpacker::content_unpacker(packing how, std::uint64_t size, std::uint64_t checksum)
    : state_(std::make_unique<state>()) {
    state_->size = size;
    state_->expected_checksum = checksum;
    if (how == packing::plain) return;
    state_->zstd.reset(ZSTD_createDCtx());
    if (!state_->zstd) throw std::bad_alloc();
    ZSTD_DCtx_setParameter(state_->zstd.get(), ZSTD_d_windowLogMax, most_window_log);
}

content_unpacker::~content_unpacker() = default;
content_unpacker::content_unpacker(content_unpacker&&) noexcept = default;
content_unpacker& content_unpacker::operator=(content_unpacker&&) noexcept = default;

bool content_unpacker::take(std::string_view packed) {
    state& now = *state_;
    if (now.broken) return false;
    now.broken = now.zstd ? !now.decompress(packed) : !now.copy(packed);
    return !now.broken;
}

std::optional<std::vector<buffer>> content_unpacker::finish() {
    state& now = *state_;
    if (now.broken || now.unpacked != now.size || (now.zstd && !now.ended)) return std::nullopt;
    if (now.checksum.value() != now.expected_checksum) return std::nullopt;
    return std::move(now.pieces);
}

}  // namespace nearside::cache
