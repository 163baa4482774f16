// What the refreshes of views have of speculation: the recipe of the last run, whether speculating pays for the view,
// and what is counted of it. docs/speculation.md tells the rest.
// Owned by its generation, which every run holds; the recipes are the process's. Any io thread.
#pragma once

#include "aggregators/speculation_health.h"
#include "aggregators/speculative_fetcher.h"
#include "core/clock.h"
#include "proxy/recipe_store.h"
#include "proxy/view.h"
#include "proxy/view_meters.h"

#include <boost/asio/any_io_executor.hpp>

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace nearside::proxy {

class view_speculation {
public:
    view_speculation(recipe_store& recipes, const clock& time, const view_meters& meters)
        : recipes_(recipes), time_(time), meters_(meters) {}

    // Before a refresh: what another node, or this one before it was started again, has learned.
    boost::asio::awaitable<void> recall(std::string key, milliseconds patience) {
        return recipes_.recall(std::move(key), patience);
    }

    // Of one refresh. What nobody asked for is given up, and counted, when the last copy is gone.
    class refresh {
    public:
        refresh(view_speculation& shared, std::shared_ptr<const view> of, std::string key,
                std::shared_ptr<aggregators::fetcher> below, boost::asio::any_io_executor home);
        ~refresh();
        refresh(const refresh&) = delete;
        refresh& operator=(const refresh&) = delete;

        const std::shared_ptr<aggregators::speculative_fetcher>& fetcher() const noexcept { return fetcher_; }
        // The run that has ended brought what the view with this tag was made of.
        bool brought_what_made(std::string_view etag) const;
        // `etag`: of what the run that has ended made; empty where that isn't all that the recipe's calls come to.
        void keep(std::string_view etag);
        void forget() { shared_.recipes_.forget(key_); }

    private:
        view_speculation& shared_;
        const std::shared_ptr<const view> of_;
        const std::string key_;
        std::string made_before_;
        bool speculates_ = false;
        bool made_ = false;  // a run has come to a view: what it asked for tells of the recipe, and of no trouble
        std::shared_ptr<aggregators::speculative_fetcher> fetcher_;
    };

private:
    bool pays_for(const view& of);
    void count(const view& of, const aggregators::speculative_fetcher::counts& came, bool tells_of_recipe);

    recipe_store& recipes_;
    const clock& time_;
    const view_meters& meters_;
    std::mutex mutex_;
    std::unordered_map<std::string, aggregators::speculation_health> health_;  // by the view's name
};

}  // namespace nearside::proxy
