// An answer as what happens on the connection: bytes to send, pauses, an end. Pure: the faults that concern bytes are
// decided here, the server only acts them out. Values; any thread.
#pragma once

#include "loadtest/farapi/faults.h"
#include "loadtest/farapi/reply.h"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace nearside::farapi {

struct wire_step {
    enum class kind { send, pause, close, reset };
    kind does = kind::send;
    std::shared_ptr<const std::string> bytes;  // of send: [from, to)
    std::size_t from = 0, to = 0;
    std::chrono::milliseconds pause{0};
};

using wire_script = std::vector<wire_step>;

struct wire_options {
    bool head_only = false;  // of a HEAD request
    bool keep_alive = true;
    std::string date;
};

// Ends with `close` unless the connection stays.
wire_script write_wire(reply answer, const wire_options& options, const std::optional<fault>& how);

}  // namespace nearside::farapi
