// What becomes of an upstream's answer to a route's GET: the entry that is stored of it, or the named reason why none
// is. Pure; any thread.
#pragma once

#include "cache/entry.h"
#include "cache/storable.h"
#include "cache/vary.h"
#include "core/body.h"
#include "core/http_message.h"
#include "proxy/route_question.h"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace nearside::proxy {

// An answer that may be stored, all but its body.
struct storable_answer {
    std::string key;        // of the variant it is
    cache::vary_spec vary;  // what it depends on; without names it is for every request of the primary key
    int status = 200;
    header_fields fields;      // as they are stored and served, Age excepted
    header_fields all_fields;  // with those that are withheld from the store; empty where there are none
    cache::store_decision decided;
    std::vector<std::string> tags;
    std::size_t ignored_tags = 0;  // those over a limit
    std::uint64_t stamp = 0;       // of cache::tag_epochs, from before the call
    bool recodable = false;
    wall_time content_since{};

    // Rendered anew each time: an entry can't be copied.
    std::shared_ptr<cache::entry> make_entry(body content) const;
    // For the one whose request it answers; never stored.
    std::shared_ptr<cache::entry> make_own_entry(body content) const;
};

struct answer_judgement {
    cache::refusal refused = cache::refusal::none;
    storable_answer storable;  // where nothing was refused
};

// `answer`: as it came, without the fields of the connection; `length` of its body, where it is known.
answer_judgement judge_answer(const route_question& question, const response_head& answer, cache::exchange_times times,
                              std::uint64_t stamp, std::optional<std::uint64_t> length);

// The small entry that stands under the primary key of answers with Vary: `newest` first, then what `older` (may be
// null, or no marker) had, up to a few.
std::shared_ptr<cache::entry> make_vary_marker(std::string primary, const cache::vary_spec& newest,
                                               const cache::entry* older);
bool is_vary_marker(const cache::entry& stored) noexcept;

}  // namespace nearside::proxy
