#include "proxy/change_log.h"

#include <utility>

namespace nearside::proxy {

void change_log::add(std::string_view etag, event_tail patch) {
    ++latest_;
    etag_ = etag;
    if (!patch) return forget();
    bytes_ += patch->size();
    changes_.push_back({latest_, std::move(patch)});
    trim();
}

void change_log::keep_within(limits within) {
    within_ = within;
    trim();
}

void change_log::trim() {
    while (changes_.size() > 1 && (changes_.size() > within_.changes || bytes_ > within_.bytes)) {
        bytes_ -= changes_.front().patch->size();
        changes_.pop_front();
    }
}

void change_log::forget() {
    changes_.clear();
    bytes_ = 0;
}

std::optional<std::vector<change_log::change>> change_log::since(std::uint64_t seen, std::size_t most_bytes) const {
    std::vector<change> missed;
    if (seen == latest_) return missed;
    if (seen == 0 || seen > latest_ || latest_ - seen > changes_.size()) return std::nullopt;
    std::size_t bytes = 0;
    for (std::size_t at = changes_.size() - (latest_ - seen); at < changes_.size(); ++at) {
        bytes += changes_[at].patch->size();
        if (bytes > most_bytes && latest_ - seen > 1) return std::nullopt;
        missed.push_back(changes_[at]);
    }
    return missed;
}

}  // namespace nearside::proxy
