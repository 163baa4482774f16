// What the upstream saw: requests by path, connections, revalidations. Control requests and the connections that carry
// them are not counted. One owner, one thread.
#pragma once

#include "core/http_message.h"

#include <cstdint>
#include <map>
#include <string>

namespace nearside::farapi {

class request_counts {
public:
    void connection_opened() { ++accepted_, ++open_; }
    void connection_closed() { --open_; }
    // The connection turned out to carry control requests.
    void connection_is_control() { --accepted_, --open_; }
    // `last_used`: the connection's own memory of when it last carried a request; starts as 0.
    void request_started(const request_head& asked, std::uint64_t& last_used);
    // `wire_bytes`: of request and answer together, heads and bodies.
    void request_ended(bool not_modified, std::uint64_t body_bytes, std::uint64_t wire_bytes);

    std::string to_json() const;
    // Connections that are open stay counted as open.
    void reset();

private:
    std::int64_t accepted_ = 0, open_ = 0;
    std::uint64_t used_ = 0;   // connections that carried a request
    std::uint64_t epoch_ = 1;  // one more with each reset
    std::uint64_t requests_ = 0, conditional_ = 0, not_modified_ = 0, body_bytes_ = 0, wire_bytes_ = 0;
    std::uint64_t in_flight_ = 0, most_in_flight_ = 0;
    std::map<std::string, std::uint64_t> by_path_, by_target_;
};

}  // namespace nearside::farapi
