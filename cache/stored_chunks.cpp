#include "cache/stored_chunks.h"

namespace nearside::cache {

std::optional<packed_content> stored_chunks::find(const entry& of) const {
    const auto at = kept_.find(of.key);
    // Without a tag two contents might be taken for one.
    if (at == kept_.end() || of.etag().empty() || at->second.content != identity_of(of)) return std::nullopt;
    return at->second.packed;
}

void stored_chunks::remember(const entry& of, const packed_content& packed) {
    forget(of.key);
    if (of.etag().empty()) return;
    if (order_.size() == most) forget(std::string(order_.front()));
    kept_.emplace(of.key, one{identity_of(of), packed, order_.insert(order_.end(), of.key)});
}

void stored_chunks::forget(const std::string& key) {
    const auto at = kept_.find(key);
    if (at == kept_.end()) return;
    order_.erase(at->second.place);
    kept_.erase(at);
}

}  // namespace nearside::cache
