#include "aggregators/shape_schedule.h"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

namespace nearside::aggregators {
namespace {

constexpr std::uint32_t with_the_item = 1;

class scheduler {
public:
    scheduler(shape_program& program, std::vector<element_draft>& drafts) : program_(program), drafts_(drafts) {}

    bool run() {
        find_times();
        delay_unneeded();
        for (shape_context& context : program_.contexts)
            if (!make_walks(context)) return false;
        return true;
    }

private:
    using place_key = std::pair<shape_walk::document, std::uint32_t>;
    place_key key_of(element_id id) const { return {drafts_[id].in, program_.elements[id].step}; }

    bool same_document(element_id a, element_id b) const {
        return drafts_[a].in == drafts_[b].in && drafts_[a].first == drafts_[b].first &&
               program_.elements[a].step == program_.elements[b].step;
    }

    // A loop comes after everything that its items' text uses and that is found in the same context. The compiler
    // drafts a loop after all that it uses, so one pass in order of drafting is enough.
    void find_times() {
        for (element_id id : program_order()) {
            element_draft& draft = drafts_[id];
            draft.time = draft.in == shape_walk::document::item ? with_the_item : 0;
            for (const element_id used : draft.needs)
                if (program_.elements[used].home == program_.elements[id].home)
                    draft.time = std::max(draft.time, drafts_[used].time + 1);
        }
    }

    // Loops are numbered before what is inside of them, yet finished after: order them by their use.
    std::vector<element_id> program_order() const {
        std::vector<element_id> order;
        std::vector<bool> done(drafts_.size(), false);
        const auto visit = [&](auto& self, element_id id) -> void {
            if (done[id]) return;
            done[id] = true;
            for (const element_id used : drafts_[id].needs)
                self(self, used);
            order.push_back(id);
        };
        for (element_id id = 0; id < drafts_.size(); ++id)
            visit(visit, id);
        return order;
    }

    // What no loop waits for can be found by a later walk through the same document, instead of one of its own.
    void delay_unneeded() {
        for (const shape_context& context : program_.contexts) {
            // The last time that each document is walked, by one element that is found in it.
            std::map<place_key, std::vector<std::pair<element_id, std::uint32_t>>> latest;
            const auto last_walk = [&](element_id id) -> std::uint32_t& {
                auto& known = latest[key_of(id)];
                const auto same = [&](const auto& one) { return same_document(one.first, id); };
                const auto found = std::ranges::find_if(known, same);
                return found != known.end() ? found->second : known.emplace_back(id, 0).second;
            };
            for (const element_id id : context.elements) {
                std::uint32_t& last = last_walk(id);
                last = std::max(last, drafts_[id].time);
            }
            for (const element_id id : context.elements) {
                element_draft& draft = drafts_[id];
                if (!draft.needed && draft.in != shape_walk::document::item) draft.time = last_walk(id);
            }
        }
    }

    bool make_walks(shape_context& context) {
        std::map<std::uint32_t, std::vector<shape_walk>> by_time;
        std::map<std::pair<std::uint32_t, place_key>, std::vector<std::size_t>> known;  // places in by_time's lists
        for (const element_id id : context.elements) {
            const element_draft& draft = drafts_[id];
            if (draft.in == shape_walk::document::item && draft.time == with_the_item) continue;
            std::vector<shape_walk>& walks = by_time[draft.time];
            std::vector<std::size_t>& same_step = known[{draft.time, key_of(id)}];
            const auto found = std::ranges::find_if(
                same_step, [&](std::size_t one) { return same_document(walks[one].elements.front(), id); });
            if (found == same_step.end()) {
                shape_walk& made = walks.emplace_back();
                made.in = draft.in;
                made.step = program_.elements[id].step;
                made.first = draft.first;
                made.elements.push_back(id);
                same_step.push_back(walks.size() - 1);
            } else {
                walks[*found].elements.push_back(id);
            }
        }
        for (auto& [time, walks] : by_time) {
            for (shape_walk& walk : walks) {
                for (const element_id id : walk.elements)
                    if (!place(walk.needed, projection::root, id)) return false;
                walk.needed.seal();
                (time == 0 ? context.before : context.after).push_back(std::move(walk));
            }
        }
        return true;
    }

    bool place(projection& needed, std::uint32_t from, element_id id) {
        const element_draft& draft = drafts_[id];
        const std::span<const selector> path = draft.path;
        if (draft.has_base) needed.at(needed.reach(from, path.first(draft.base_length))).bases.push_back(id);
        std::uint32_t there = needed.reach(from, path);
        if (draft.flat) there = needed.reach_flat(there);
        switch (program_.elements[id].is) {
            case shape_element::kind::capture:
                needed.at(there).captures.push_back(id);
                break;
            case shape_element::kind::collect:
            case shape_element::kind::count:
                needed.at(there).collects.push_back(id);
                break;
            case shape_element::kind::pick:
                if (needed.at(there).picks.size() == need::most_picks) return false;
                needed.add_pick(there, {id, draft.omit, program_.elements[id].apart}, draft.names, draft.renames);
                break;
            case shape_element::kind::loop:
                needed.at(there).loops.push_back(id);
                for (const element_id inner : program_.contexts[program_.elements[id].body].elements)
                    if (drafts_[inner].in == shape_walk::document::item && drafts_[inner].time == with_the_item)
                        if (!place(needed, there, inner)) return false;
        }
        return true;
    }

    shape_program& program_;
    std::vector<element_draft>& drafts_;
};

}  // namespace

bool schedule(shape_program& program, std::vector<element_draft>& drafts) {
    return scheduler(program, drafts).run();
}

}  // namespace nearside::aggregators
