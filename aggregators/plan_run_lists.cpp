#include "aggregators/fetch_verdict.h"
#include "aggregators/plan_run.h"
#include "aggregators/plan_run_parts.h"

#include <algorithm>
#include <utility>

namespace nearside::aggregators {

// Items and steps that begin with the same page share the list.
void plan_run::start_list(waiter who, std::string target, steady_time now) {
    const plan_step& step = plan_->steps[who.step];
    step_state& state = steps_[who.step];
    std::string key = step.pages->text;
    key.append(1, '\0').append(step.upstream).append(1, '\0').append(target);
    const auto id = static_cast<std::uint32_t>(lists_.size());
    const auto [known, is_new] = lists_by_url_.try_emplace(std::move(key), id);
    if (!is_new) return join_list(known->second, who, now);
    std::string named = call_for_people(false, target);
    list_state& list = lists_.emplace_back(list_state{.owner = who.step,
                                                      .pages = page_list(*step.pages, std::move(target)),
                                                      .wave = state.wave_needed,
                                                      .told_from = state.needs_proven_from,
                                                      .named = std::move(named)});
    list.waiting.push_back(who);
    ++state.open_calls;
    if (!std::exchange(state.has_started, true)) state.started = now;
    advance_list_later(id);
}

void plan_run::join_list(std::uint32_t id, waiter who, steady_time now) {
    list_state& list = lists_[id];
    if (list.is == list_state::kind::done) return list_item_done(who, id, now);
    if (list.is == list_state::kind::failed) return item_failed(who, list.failure, list.said, now);
    list.waiting.push_back(who);
}

void plan_run::advance_list_later(std::uint32_t id) {
    if (!std::exchange(lists_[id].queued, true)) lists_to_advance_.push_back(id);
}

// Asks for the pages that may be asked for now, and adds to the list what is there in order.
void plan_run::advance_list(std::uint32_t id, steady_time now) {
    list_state& list = lists_[id];
    while (list.is == list_state::kind::gathering) {
        const std::optional<std::uint32_t> page = list.pages.ask();
        if (!page) break;
        const std::uint32_t call = find_or_open_call({.step = list.owner,
                                                      .of_list = true,
                                                      .parallel = plan_->steps[list.owner].pages->parallel,
                                                      .group = static_cast<std::uint32_t>(plan_->steps.size()) + id,
                                                      .wave = list.wave + 1,
                                                      .proven_from = list.told_from},
                                                     list.pages.target_of(*page));
        if (call == no_call) return fail_list(id, too_many_calls(), {}, now);
        list.calls.push_back(call);
        join(call, {list.owner, *page, id}, now);
    }
    if (list.is != list_state::kind::gathering) return;
    while (auto next = list.pages.add()) {
        document_bytes_ += next->items.size();
        if (calls_[list.calls[next->page]].phase == call_phase::consumed) document_bytes_ -= next->document.size();
        plan_action& action = actions_.emplace_back();
        action.what = plan_action::kind::add_to_list;
        action.list = id;
        action.document = std::move(next->document);
        action.items = next->items;
        action.expected_bytes = list.pages.expected_bytes();
    }
    if (!list.pages.is_complete()) return;
    list.is = list_state::kind::ending;
    plan_action& action = actions_.emplace_back();
    action.what = plan_action::kind::end_list;
    action.list = id;
}

void plan_run::page_came(const waiter& page, std::uint32_t call) {
    list_state& list = lists_[page.list];
    if (list.is != list_state::kind::gathering) return;
    list.pages.came(page.item);
    if (page.item == 0) list.status = calls_[call].status;
    list.deepest_wave = std::max(list.deepest_wave, calls_[call].wave);
    list.since = std::max(list.since, calls_[call].since);
    plan_action& action = actions_.emplace_back();
    action.what = plan_action::kind::read_page;
    action.step = list.owner;
    action.list = page.list;
    action.page = page.item;
    action.document = calls_[call].document;
    advance_list_later(page.list);
}

void plan_run::page_was_read(std::uint32_t id, std::uint32_t page, result<page_found> found, buffer document,
                             steady_time now) {
    if (finished_ || unless_refused_) return;
    list_state& list = lists_[id];
    if (list.is != list_state::kind::gathering) return;
    const call_state& call = calls_[list.calls[page]];
    const std::size_t known = list.pages.known();
    std::optional<error> refused;
    if (found)
        refused = list.pages.was_read(page, *std::move(found), std::move(document));
    else
        refused = std::move(found).error();
    if (refused && refused->code == errc::no_content) {
        fail_list(id, *std::move(refused), {.status = 404}, now);
    } else if (refused) {
        refused->detail = call.named + ": " + refused->detail;
        fail_list(id, *std::move(refused), {.status = call.status}, now);
    } else {
        advance_list_later(id);
        if (list.pages.known() > known) {
            list.wave = call.wave;
            list.told_from = std::max(list.told_from, call.since);
        }
    }
    work(now);
}

// The list may have become shorter since its length was told.
void plan_run::page_failed(const waiter& page, std::uint32_t id, steady_time now) {
    list_state& list = lists_[page.list];
    if (list.is != list_state::kind::gathering) return;
    const call_state& call = calls_[id];
    list.since = std::max(list.since, call.since);
    if (page.item == 0 || call.status != 404) {
        return fail_list(page.list, call.failure, {call.status, call.fields}, now);
    }
    // Not the upstream's word about the list, which is there: whichever page comes first tells the same.
    auto gap =
        list.pages.is_missing(page.item, {errc::no_content, call.named + ": page " + std::to_string(page.item + 1) +
                                                                " is not there (404), and one behind it has items"});
    if (!gap) return advance_list_later(page.list);
    fail_list(page.list, *std::move(gap), {call.status, {}}, now);
}

void plan_run::list_was_made(std::uint32_t id, buffer made, steady_time now) {
    if (finished_ || unless_refused_) return;
    list_state& list = lists_[id];
    if (list.is != list_state::kind::ending) return;
    list.is = list_state::kind::done;
    list.document = std::move(made);
    --steps_[list.owner].open_calls;
    advance_later(list.owner);
    for (const waiter& who : std::exchange(list.waiting, {}))
        list_item_done(who, id, now);
    work(now);
}

void plan_run::list_item_done(waiter who, std::uint32_t id, steady_time now) {
    const list_state& list = lists_[id];
    step_state& state = steps_[who.step];
    if (state.phase != step_phase::running) return;
    state.wave = std::max(state.wave, list.deepest_wave);
    state.proven_from = std::max(state.proven_from, list.since);
    if (state.report.upstream_status == 0) state.report.upstream_status = list.status;
    if (list.pages.is_cut()) state.report.cut = true;
    item_got(who, id, now);
}

void plan_run::fail_list(std::uint32_t id, error cause, const upstream_word& said, steady_time now) {
    list_state& list = lists_[id];
    list.is = list_state::kind::failed;
    list.failure = std::move(cause);
    list.said = said;
    --steps_[list.owner].open_calls;
    advance_later(list.owner);
    for (const waiter& who : std::exchange(list.waiting, {})) {
        if (finished_ || unless_refused_) break;
        step_state& state = steps_[who.step];
        state.proven_from = std::max(state.proven_from, list.since);
        state.usable_from = std::max(state.usable_from, list.since);
        item_failed(who, list.failure, list.said, now);
    }
    if (!unless_refused_) forget_pages(id);
}

// Gives up the pages under way that nothing else waits for.
void plan_run::forget_pages(std::uint32_t id) {
    for (const std::uint32_t of_page : lists_[id].calls) {
        call_state& call = calls_[of_page];
        if (call.phase != call_phase::fetching) continue;
        std::erase_if(call.waiting, [id](const waiter& who) { return who.list == id; });
        if (!call.waiting.empty()) continue;
        call.phase = call_phase::given_up;
        plan_action& action = actions_.emplace_back();
        action.what = plan_action::kind::cancel;
        action.call = of_page;
    }
}

}  // namespace nearside::aggregators
