// What the answers of each view look like, declared or learned, and the OpenAPI document that tells it. Answers are
// looked at on the workers, within a budget (look_budget.h); what is learned goes over to the next generation, for
// views that stay as they are, and through the second tier to a node that has learned nothing yet. Owned by its
// generation, which every look holds. Any thread.
#pragma once

#include "aggregators/learned_type.h"
#include "core/body.h"
#include "core/clock.h"
#include "proxy/look_budget.h"
#include "proxy/openapi.h"
#include "proxy/owner.h"
#include "proxy/site.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace nearside::proxy {

class second_tier;

// Immutable.
struct openapi_document {
    body content;
    std::string etag;
};

class view_schemas {
public:
    // `second` may be null. `before`: what was learned so far; null: nothing.
    view_schemas(owner held_by, std::shared_ptr<const config::settings> settings, const site& places,
                 boost::asio::any_io_executor workers, second_tier* second, const clock& time,
                 const view_schemas* before);

    // Asks the second tier, for views of which nothing is known. Nobody waits for it.
    void recall();

    // An answer was made. Cheap; never waits for a look.
    void saw(const view& of, std::string_view etag, const body& content);

    std::shared_ptr<const openapi_document> document() const;

private:
    // Shared by the generations that have the same view.
    struct learning {
        std::mutex mutex;
        look_budget budget;
        aggregators::learned_type type;
        std::string schema;
        std::uint64_t version = 0;  // of the schema
    };
    struct of_view {
        const config::view_settings* settings = nullptr;
        std::string mark;
        std::vector<std::string> forwarded;
        aggregators::learning_limits limits;
        bool learns = true;
        std::shared_ptr<learning> known;
        std::uint64_t told = 0;  // the version in the document; guarded by the mutex of `known`
    };

    boost::asio::awaitable<void> recall_one(owner_hold hold, of_view& into);
    void learn(of_view& into, const body& content);
    void publish();

    const owner held_by_;
    const std::shared_ptr<const config::settings> settings_;
    const boost::asio::any_io_executor workers_;
    second_tier* const second_;
    const clock& time_;
    std::vector<std::unique_ptr<of_view>> views_;  // in the configuration's order
    std::map<std::string, of_view*, std::less<>> by_name_;
    std::mutex publishing_;  // so that an older document never replaces a newer one
    mutable std::mutex mutex_;
    std::shared_ptr<const openapi_document> document_;
};

}  // namespace nearside::proxy
