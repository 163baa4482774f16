// What a write through a route invalidates (RFC 9111 4.4, RFC 9875, and the route's `invalidates`): found out while the
// write passes through, and done before the client can know that it succeeded.
// One a write, in its coroutine.
#pragma once

#include "core/body.h"
#include "core/log.h"
#include "core/metrics.h"
#include "proxy/exchange.h"
#include "proxy/invalidator.h"
#include "proxy/route_key.h"
#include "proxy/route_proxy.h"
#include "proxy/site.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace nearside::proxy {

// The tags that stand for Cache Groups (RFC 9875) of the upstream.
std::vector<std::string> group_tags(std::string_view upstream, const std::vector<std::string>& groups);

class route_invalidation final : public passage_observer {
public:
    // `invalidations`, `places`, `ignored` (counts tags over a limit), `log` (may be null) and `upstream` outlive it.
    route_invalidation(invalidator& invalidations, const site& places, counter& ignored, logger* log,
                       std::shared_ptr<const route_target> target, exchange& call,
                       const config::upstream_settings& upstream);

    void on_request_body(std::string_view bytes) override;
    void on_answer(const response_head& head) override;
    bool needs_body() const noexcept override;
    void on_response_body(std::string_view bytes) override;
    void on_complete() override;
    // A write whose answer nobody saw may have changed something.
    void on_lost() override;
    boost::asio::awaitable<void> settle() override;

private:
    // A body that is read for tags, up to a bound.
    struct witness {
        buffer_writer bytes;
        bool wanted = false;
        bool too_large = false;

        void see(std::string_view piece);
        buffer take();
    };

    invalidator& invalidations_;
    const site& places_;
    counter& ignored_tags_;
    logger* const log_;
    const config::upstream_settings& upstream_;
    const std::shared_ptr<const route_target> target_;
    const std::string method_, path_and_query_;
    std::vector<std::string> origins_;
    witness request_, response_;
    buffer request_bytes_;  // taken once
    std::string response_coding_;
    const std::string request_coding_;
    bool succeeded_ = false;
    std::vector<std::string> struck_;  // tags, for settle()

    void invalidate_targets(const response_head& answer);
    void add_uri_tag(std::string_view target, std::vector<std::string>& tags) const;
    void invalidate_tags(const buffer& answered);
    void strike(std::vector<std::string> tags);
};

}  // namespace nearside::proxy
