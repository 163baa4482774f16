// Events as text/event-stream (WHATWG HTML 9.2): what stands before the bytes that all readers of a change share, and
// those bytes. `tail` is what follows `{"view":"...",` in the data of an event, its closing brace included; one line.
// Pure; any thread.
#pragma once

#include "core/body.h"
#include "core/clock.h"

#include <memory>
#include <string>
#include <string_view>

namespace nearside::proxy {

using event_tail = std::shared_ptr<const std::string>;

event_tail snapshot_tail(std::string_view etag, const body& data);
event_tail changed_tail(std::string_view etag);
event_tail patch_tail(std::string_view base, std::string_view etag, std::string_view ops);
// `document` is a problem document.
event_tail problem_tail(std::string_view document);

// Up to the tail; after which follows event_end. An empty `id` leaves the client's last one as it is. `view`: the URL
// as a JSON string.
void append_event_start(std::string& out, std::string_view name, std::string_view id, std::string_view view);
inline constexpr std::string_view event_end = "\n\n";

void append_retry(std::string& out, milliseconds wait);
inline constexpr std::string_view heartbeat_comment = ":\n\n";

}  // namespace nearside::proxy
