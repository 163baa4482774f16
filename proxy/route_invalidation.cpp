#include "proxy/route_invalidation.h"

#include "cache/unsafe_effects.h"
#include "proxy/content_coding.h"
#include "proxy/forwarding.h"
#include "proxy/route_tags.h"
#include "proxy/route_uri.h"
#include "proxy/step_key.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace nearside::proxy {

std::vector<std::string> group_tags(std::string_view upstream, const std::vector<std::string>& groups) {
    std::vector<std::string> tags;
    tags.reserve(groups.size());
    for (const std::string& group : groups)
        tags.push_back(std::string("group:").append(upstream).append(":").append(group));
    return tags;
}

void route_invalidation::witness::see(std::string_view piece) {
    if (!wanted || too_large) return;
    too_large = bytes.size() + piece.size() > tag_limits::body_bytes;
    if (!too_large) bytes.append(piece);
}

buffer route_invalidation::witness::take() {
    return too_large ? buffer() : bytes.finish();
}

route_invalidation::route_invalidation(invalidator& invalidations, const site& places, counter& ignored, logger* log,
                                       std::shared_ptr<const route_target> target, exchange& call,
                                       const config::upstream_settings& upstream)
    : invalidations_(invalidations),
      places_(places),
      ignored_tags_(ignored),
      log_(log),
      upstream_(upstream),
      target_(std::move(target)),
      method_(call.head().method),
      path_and_query_(call.head().target),
      origins_{std::string(call.scheme()) + "://" + std::string(call.authority()),
               upstream.scheme + "://" + host_field(upstream)},
      request_coding_(call.head().fields.combined("content-encoding")) {
    request_.wanted = target_->of->invalidates.reads_request();
    response_.wanted = target_->of->invalidates.reads_response();
}

void route_invalidation::on_request_body(std::string_view bytes) {
    request_.see(bytes);
}

void route_invalidation::on_answer(const response_head& head) {
    // Non-error: 2xx and 3xx (RFC 9111 4.4).
    succeeded_ = head.status >= 200 && head.status < 400;
    if (!succeeded_) return;
    response_coding_ = head.fields.combined("content-encoding");
    // What has no end that anybody waits for holds no JSON document.
    if (head.fields.find("content-type").value_or("").starts_with("text/event-stream")) response_.wanted = false;
    invalidate_targets(head);
    // What needs nothing of the response is due now, not when its last byte has come.
    invalidate_tags({});
}

void route_invalidation::invalidate_targets(const response_head& answer) {
    const cache::unsafe_effects effects = cache::effects_of(method_, path_and_query_, answer, origins_);
    std::vector<std::string> tags = group_tags(target_->of->upstream, effects.groups);
    for (const std::string& each : effects.targets) {
        add_uri_tag(each, tags);
        // The upstream names a resource as it knows it.
        const std::string& base = upstream_.base_path;
        if (!base.empty() && each.starts_with(base) && each.substr(base.size()).starts_with('/')) {
            add_uri_tag(std::string_view(each).substr(base.size()), tags);
        }
    }
    strike(std::move(tags));
}

// A step's copies are known by the whole URI; a route's are stored under the rules of the route that serves it, which
// needn't be the one that is written through.
void route_invalidation::add_uri_tag(std::string_view target, std::vector<std::string>& tags) const {
    tags.push_back(step_uri_tag(target_->of->upstream, target));
    const std::optional<site::place> place = places_.find(target_path(target));
    if (!place || !place->of_route) return;
    tags.push_back(uri_tag_of(place->of_route->upstream, uri_of(place->of_route->key, target)));
}

void route_invalidation::invalidate_tags(const buffer& answered) {
    if (target_->of->invalidates.empty()) return;
    if (std::exchange(request_.wanted, false)) {
        auto plain = decode_content(request_coding_, request_.take(), tag_limits::body_bytes);
        if (plain) request_bytes_ = *std::move(plain);
    }
    std::size_t ignored = 0;
    strike(invalidated_tags(*target_, request_bytes_, answered, &ignored));
    // Where the response is read too, this comes twice.
    const bool last = !response_.wanted || answered.size() > 0;
    if (last) ignored_tags_.add(ignored);
}

bool route_invalidation::needs_body() const noexcept {
    return succeeded_ && response_.wanted && !response_.too_large;
}

void route_invalidation::on_response_body(std::string_view bytes) {
    if (succeeded_) response_.see(bytes);
}

void route_invalidation::on_complete() {
    if (!std::exchange(succeeded_, false) || !response_.wanted) return;
    if (log_ != nullptr && (request_.too_large || response_.too_large)) {
        log_->warning("a write's body is too large to be read for tags",
                      {{"target", path_and_query_}, {"bytes", static_cast<std::uint64_t>(tag_limits::body_bytes)}});
    }
    auto answered = decode_content(response_coding_, response_.take(), tag_limits::body_bytes);
    if (answered) invalidate_tags(*answered);
}

void route_invalidation::on_lost() {
    strike({target_->uri_tag, step_uri_tag(target_->of->upstream, path_and_query_)});
    invalidate_tags({});
}

void route_invalidation::strike(std::vector<std::string> tags) {
    std::move(tags.begin(), tags.end(), std::back_inserter(struck_));
}

boost::asio::awaitable<void> route_invalidation::settle() {
    if (struck_.empty()) co_return;
    cache::invalidation_order order;
    order.tags = std::exchange(struck_, {});
    order.how = cache::invalidation::changed;
    auto applying = invalidations_.apply_write(std::move(order));
    co_await std::move(applying);
}

}  // namespace nearside::proxy
