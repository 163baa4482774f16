// What becomes of an upstream's answer to a step's call: the entry that is stored of it, or the named reason why none
// is; and what may be done with a stored one when the call comes again. Pure; any thread.
//
// The rules are those of routes (cache/storable), but for these. A copy is fresh by the origin's explicit word alone:
// nothing is guessed, and nothing is ever served stale, which is the view's to decide. A copy that is kept under a
// user's credentials is as good as in that user's own cache, so that `private` allows it. Set-Cookie reaches nobody
// through a view, and is not kept.
#pragma once

#include "aggregators/fetch.h"
#include "cache/entry.h"
#include "cache/freshness.h"
#include "cache/storable.h"
#include "cache/tag_epochs.h"
#include "proxy/step_key.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace nearside::proxy {

struct step_question {
    step_identity identity;
    std::string upstream;
    step_principal who;
};

struct step_judgement {
    cache::refusal refused = cache::refusal::none;
    std::shared_ptr<cache::entry> made;  // null where refused, and for what is no document
    wall_time born{};                    // nothing in the answer is older
};

// `answer`: a GET's, with the hash of its document. `content_since`: when the document came. `stamp`: of
// cache::tag_epochs, from before the call.
step_judgement judge_step(const step_question& question, const aggregators::fetch_response& answer,
                          cache::exchange_times times, wall_time content_since, std::uint64_t stamp);

// Others who asked for it meanwhile can have the answer, whether or not it is kept.
bool is_for_all_who_ask(cache::refusal refused) noexcept;

// The upstream takes back what it has answered before: no stored copy may be used any more.
bool revokes_step(int status) noexcept;

enum class step_use {
    answer,    // with the stored copy; nothing is asked
    validate,  // ask the upstream whether it is still good
    fetch,
};

struct step_demand {
    // A copy must have been read at the upstream since then; absent: its freshness is enough.
    std::optional<wall_time> read_since;
    bool anew = false;  // whatever is stored is validated first
};

// `stored` may be null; `fate`: what was invalidated since it was stored.
step_use decide_step_use(const cache::entry* stored, cache::invalidation fate, const step_demand& demand,
                         wall_time now) noexcept;

// The Age that a copy has for a run that began at `asked`: in whole seconds, rounded up, since a view must not outlive
// its parts. Zero for what was read in the same moment or later.
cache::seconds age_to_tell(wall_time born, wall_time asked) noexcept;
void set_age(header_fields& fields, cache::seconds age);

// The stored answer as a run that began at `asked` gets it: the stored bytes themselves.
aggregators::fetch_response answer_from(const cache::entry& stored, wall_time asked);

// The answer that a 304 about `stored` stands for (RFC 9111 4.3.4); nullopt where it is about something else.
std::optional<aggregators::fetch_response> freshened(const cache::entry& stored,
                                                     const aggregators::fetch_response& not_modified);

}  // namespace nearside::proxy
