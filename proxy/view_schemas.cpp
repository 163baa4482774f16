#include "proxy/view_schemas.h"

#include "aggregators/learned_type_reader.h"
#include "cache/digest.h"
#include "proxy/second_tier.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>

#include <utility>

namespace nearside::proxy {

namespace {

// Of one user's own answers, names that come and go are sooner taken for data: anybody may read the document.
constexpr std::size_t optional_of_a_user = 16;

constexpr std::string_view format = "schema-1";

std::string key_of(const std::string& view, const std::string& mark) {
    return view + ";~as=" + mark;
}

}  // namespace

view_schemas::view_schemas(owner held_by, std::shared_ptr<const config::settings> settings, const site& places,
                           boost::asio::any_io_executor workers, second_tier* second, const clock& time,
                           const view_schemas* before)
    : held_by_(std::move(held_by)),
      settings_(std::move(settings)),
      workers_(std::move(workers)),
      second_(second),
      time_(time) {
    for (const config::view_settings& each : settings_->views) {
        auto made = std::make_unique<of_view>();
        made->settings = &each;
        made->learns = each.learn_schema && !each.schema;
        made->known = std::make_shared<learning>();
        made->known->schema = declared_schema(each);
        if (const auto served = places.find_view(each.name)) {
            made->mark = served->mark;
            made->forwarded = served->forwarded;
            if (!served->for_everybody) made->limits.optional = optional_of_a_user;
        }
        if (before != nullptr) {
            const auto known = before->by_name_.find(each.name);
            const bool same = known != before->by_name_.end() && known->second->mark == made->mark;
            if (same && made->learns && known->second->learns) made->known = known->second->known;
        }
        by_name_.emplace(each.name, made.get());
        views_.push_back(std::move(made));
    }
    publish();
}

void view_schemas::recall() {
    if (second_ == nullptr) return;
    for (const auto& each : views_) {
        if (!each->learns) continue;
        auto recalling = recall_one(held_by_.hold(), *each);
        boost::asio::co_spawn(second_->home(), std::move(recalling), boost::asio::detached);
    }
}

// What this node learns itself takes its place.
boost::asio::awaitable<void> view_schemas::recall_one([[maybe_unused]] owner_hold hold, of_view& into) {
    auto finding = second_->store().find_text(cache::stored_text::schema, key_of(into.settings->name, into.mark),
                                              std::string(format), second_->settings().command_timeout);
    cache::tier_result<std::string> found = co_await std::move(finding);
    if (!found) co_return;
    {
        const std::scoped_lock lock(into.known->mutex);
        if (into.known->version > 0) co_return;
        into.known->schema = *std::move(found);
        ++into.known->version;
    }
    publish();
}

void view_schemas::saw(const view& of, std::string_view etag, const body& content) {
    const auto found = by_name_.find(of.name);
    if (found == by_name_.end() || !found->second->learns) return;
    of_view& into = *found->second;
    {
        const std::scoped_lock lock(into.known->mutex);
        if (!into.known->budget.take(etag, content.size(), time_.steady_now())) return;
    }
    boost::asio::post(workers_, [this, &into, content, hold = held_by_.hold()] { learn(into, content); });
}

void view_schemas::learn(of_view& into, const body& content) {
    std::optional<aggregators::learned_type> seen = aggregators::learn_type(content.slices(), into.limits);
    if (!seen) return;
    {
        learning& known = *into.known;
        const std::scoped_lock lock(known.mutex);
        known.type.add(*std::move(seen), into.limits);
        known.type.keep_within(into.limits);
        std::string schema = known.type.to_schema();
        if (schema != known.schema) {
            ++known.version;
            if (second_ != nullptr)
                second_->store().put_text(cache::stored_text::schema, key_of(into.settings->name, into.mark), format,
                                          schema);
        }
        // Another generation may have learned it.
        if (into.told == known.version) return;
        known.schema = std::move(schema);
    }
    publish();
}

void view_schemas::publish() {
    const std::scoped_lock publishing(publishing_);
    std::vector<openapi_view> told;
    for (const auto& each : views_) {
        const std::scoped_lock lock(each->known->mutex);
        told.push_back({each->settings, each->forwarded, each->known->schema});
        each->told = each->known->version;
    }
    auto made = std::make_shared<openapi_document>();
    made->content = body(write_openapi(settings_->server.name, NEARSIDE_VERSION, told));
    made->etag = cache::entity_tag(made->content);
    const std::scoped_lock lock(mutex_);
    document_ = std::move(made);
}

std::shared_ptr<const openapi_document> view_schemas::document() const {
    const std::scoped_lock lock(mutex_);
    return document_;
}

}  // namespace nearside::proxy
