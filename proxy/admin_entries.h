// What is stored, told a page at a time. A page costs a bounded look at the store, on a worker and in turns that leave
// it to others in between, however many entries there are.
// Built and owned by main; any thread.
#pragma once

#include "cache/memory_store.h"
#include "core/error.h"
#include "proxy/admin_entry.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nearside::proxy {

// Where a page begins. Entries of one place of the index are in the order of their keys' hashes, so that a page may end
// among them.
struct entries_cursor {
    cache::memory_store::walk_position at;
    std::uint64_t after = 0;  // a core/content_hash, of the last key told; 0: from the place's start

    std::string to_text() const;
    static std::optional<entries_cursor> parse(std::string_view text);
    friend bool operator==(const entries_cursor&, const entries_cursor&) = default;
};

struct entries_question {
    static constexpr std::uint32_t most = 1'000;       // entries of a page
    static constexpr std::size_t longest_match = 256;  // bytes

    std::string match;  // a part of the key or the path; with `*`, the whole of either. Empty: all
    std::uint32_t limit = 100;
    entries_cursor from;
};
// Out of `match=..&limit=..&cursor=..`, each at most once.
result<entries_question> read_entries_question(std::string_view query);
bool matches(std::string_view match, std::string_view text) noexcept;

// The making of one page.
class entries_page {
public:
    entries_page(const cache::memory_store& store, entries_question asked, entry_context by);

    // Looks at some of the store; false: the page is complete.
    bool turn();
    // The page as JSON. With a cursor there may be more, also where the page has fewer entries than were asked for.
    std::string take();

private:
    // Those that are wanted of the next places, into wanted_; where to go on.
    std::optional<cache::memory_store::walk_position> gather(std::size_t places);
    // wanted_; false: the page is full within them.
    bool tell();

    const cache::memory_store& store_;
    const entries_question asked_;
    const entry_context by_;
    entries_cursor at_;
    bool one_by_one_;  // place by place: the page may end within the next one
    bool ended_ = false;
    std::vector<cache::entry_ptr> held_;
    std::vector<std::pair<std::uint64_t, cache::entry_ptr>> wanted_;  // by the hashes of their keys
    std::string entries_;
    std::uint32_t told_ = 0;
    std::size_t looked_at_ = 0;  // entries, and holds of a lock; those told count for more
};

class admin_entries {
public:
    struct parts {
        const cache::memory_store* store = nullptr;
        const cache::tag_epochs* epochs = nullptr;
        std::function<std::shared_ptr<const config::settings>()> settings;  // those that are in force
        std::function<std::shared_ptr<const site>()> places;
        boost::asio::any_io_executor workers;
        const clock* time = nullptr;
    };

    explicit admin_entries(parts made_of) : parts_(std::move(made_of)) {}

    boost::asio::awaitable<result<std::string>> list(std::string query) const;
    // Fails with not_found.
    result<std::string> one(std::string_view key) const;

private:
    entry_context context() const;
    const parts parts_;
};

}  // namespace nearside::proxy
