#include "core/prepared_head.h"

#include <string_view>
#include <utility>

namespace nearside {

prepared_head::prepared_head(response_head head) : head_(std::move(head)) {
    for (const std::string_view name : {"connection", "keep-alive", "transfer-encoding", "upgrade", "content-length"}) {
        head_.fields.erase(name);
    }
    has_date_ = head_.fields.contains("date");
    h1_.append("HTTP/1.1 ").append(std::to_string(head_.status)).append(" ");
    h1_.append(reason_phrase(head_.status)).append("\r\n");
    head_.fields.write_to(h1_);
    h1_.shrink_to_fit();
}

}  // namespace nearside
