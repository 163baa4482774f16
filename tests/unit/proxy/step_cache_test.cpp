#include "proxy/step_cache.h"

#include "cache/reuse.h"
#include "tests/support/fake_fetch.h"
#include "tests/support/manual_clock.h"
#include "tests/support/run_io.h"
#include "tests/unit/proxy/listening_sink.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>
#include <gtest/gtest.h>

#include <map>

namespace nearside::proxy {
namespace {

using aggregators::call_id;
using aggregators::fetch_request;
using aggregators::fetch_response;
using std::chrono::seconds;
using testing::fake_fetch;

// One plan run over its own fake upstream.
struct one_run {
    std::shared_ptr<fake_fetch> upstream = std::make_shared<fake_fetch>();
    std::shared_ptr<listening_sink> sink = std::make_shared<listening_sink>();
    std::shared_ptr<step_cache> steps;
    call_id last = 0;

    call_id ask(std::string target, fetch_request more = {}) {
        more.upstream = "incl";
        more.target = std::move(target);
        steps->start(++last, std::move(more), sink);
        EXPECT_FALSE(sink->heard.contains(last)) << "heard from inside start()";
        return last;
    }
    const fake_fetch::call& call(std::size_t position) const { return upstream->calls().at(position); }
    std::size_t calls() const { return upstream->calls().size(); }
    bool answered(call_id which) const { return sink->heard.contains(which); }
    const fetch_response& got(call_id which) const { return sink->heard.at(which).value(); }
};

class step_cache_test : public ::testing::Test {
protected:
    one_run begin(std::string user = "", step_cache::run how = {}) {
        one_run made;
        how.below = made.upstream;
        how.home = io_.get_executor();
        if (!user.empty()) how.forwarded["incl"].append("Authorization", user);
        made.steps = std::make_shared<step_cache>(shared_, std::move(how));
        return made;
    }
    void settle() {
        io_.restart();
        io_.run();
    }
    static fetch_response document(std::string_view text, std::string_view cache_control = "",
                                   std::string_view etag = "") {
        fetch_response made = fake_fetch::response(200, text);
        if (!cache_control.empty()) made.fields.append("Cache-Control", cache_control);
        if (!etag.empty()) made.fields.append("ETag", etag);
        return made;
    }
    static fetch_response not_modified(std::string_view etag, std::string_view cache_control = "") {
        fetch_response made;
        made.status = 304;
        made.fields.append("ETag", etag);
        if (!cache_control.empty()) made.fields.append("Cache-Control", cache_control);
        return made;
    }
    // A run of its own that asks once and is answered so.
    void fill(fetch_response with, std::string user = "") {
        one_run run = begin(std::move(user));
        run.ask("/a");
        run.upstream->answer("/a", std::move(with));
        settle();
    }

    boost::asio::io_context io_;
    testing::manual_clock time_;
    metrics registry_;
    step_meters meters_{registry_};
    cache::memory_store store_{{}};
    cache::tag_epochs epochs_{1'000};
    shared_steps shared_{{.store = &store_, .epochs = &epochs_, .time = &time_, .workers = {}, .meters = &meters_}};
};

TEST_F(step_cache_test, a_run_gets_what_another_has_fetched_while_its_origin_calls_it_fresh) {
    fill(document("{\"n\":1}", "max-age=60"));
    time_.advance(seconds(59));
    one_run second = begin();
    const call_id call = second.ask("/a");
    settle();
    EXPECT_EQ(second.calls(), 0u);
    EXPECT_EQ(second.got(call).document.view(), "{\"n\":1}");
    EXPECT_EQ(second.got(call).fields.find("age"), "59");
    EXPECT_NE(second.got(call).content_hash, 0u);
    EXPECT_EQ(second.got(call).wire_bytes, 0u);
    EXPECT_EQ(second.got(call).read, time_.steady_now() - seconds(59));
    EXPECT_TRUE(second.steps->used_older());
    EXPECT_EQ(meters_.fresh.value(), 1u);
}

TEST_F(step_cache_test, a_stale_one_is_validated_and_its_freshness_renewed) {
    fill(document("{}", "max-age=1", "\"1\""));
    time_.advance(seconds(10));
    one_run second = begin();
    const call_id call = second.ask("/a");
    EXPECT_EQ(second.call(0).request.fields.find("if-none-match"), "\"1\"");
    second.upstream->answer("/a", not_modified("\"1\"", "max-age=100"));
    settle();
    EXPECT_EQ(second.got(call).status, 200);
    EXPECT_EQ(second.got(call).document.view(), "{}");
    EXPECT_EQ(second.got(call).since, time_.steady_now() - seconds(10)) << "since the document came";

    time_.advance(seconds(90));
    one_run third = begin();
    third.ask("/a");
    settle();
    EXPECT_EQ(third.calls(), 0u);
}

TEST_F(step_cache_test, a_changed_document_replaces_it) {
    fill(document("1", "", "\"1\""));
    const std::uint64_t before = store_.find(identify_step("incl", "/a", {}).key)->extras->content_hash;
    one_run second = begin();
    const call_id call = second.ask("/a");
    second.upstream->answer("/a", document("2", "", "\"2\""));
    settle();
    EXPECT_EQ(second.got(call).document.view(), "2");
    EXPECT_NE(second.got(call).content_hash, before);
    one_run third = begin();
    third.ask("/a");
    EXPECT_EQ(third.call(0).request.fields.find("if-none-match"), "\"2\"");
}

TEST_F(step_cache_test, a_304_about_something_else_is_asked_again_without_conditions) {
    fill(document("1", "", "\"1\""));
    one_run second = begin();
    const call_id call = second.ask("/a");
    second.upstream->answer("/a", not_modified("\"other\""));
    ASSERT_EQ(second.calls(), 2u);
    EXPECT_FALSE(second.call(1).request.fields.contains("if-none-match"));
    second.upstream->answer("/a", document("2"));
    settle();
    EXPECT_EQ(second.got(call).document.view(), "2");
}

TEST_F(step_cache_test, a_run_that_insists_validates_what_is_fresh) {
    fill(document("1", "max-age=60", "\"1\""));
    time_.advance(seconds(1));
    one_run insisting = begin("", {.below = nullptr, .forwarded = {}, .home = {}, .oldest = milliseconds(0)});
    insisting.ask("/a");
    EXPECT_EQ(insisting.calls(), 1u);
    EXPECT_EQ(insisting.call(0).request.fields.find("if-none-match"), "\"1\"");
}

TEST_F(step_cache_test, the_views_window_narrows_what_the_origin_allows) {
    fill(document("1", "max-age=60", "\"1\""));
    time_.advance(seconds(5));
    one_run patient = begin("", {.below = nullptr, .forwarded = {}, .home = {}, .oldest = seconds(6)});
    patient.ask("/a");
    EXPECT_EQ(patient.calls(), 0u);
    one_run impatient = begin("", {.below = nullptr, .forwarded = {}, .home = {}, .oldest = seconds(4)});
    impatient.ask("/a");
    EXPECT_EQ(impatient.calls(), 1u);
}

TEST_F(step_cache_test, nothing_is_used_that_was_read_before_a_failed_parent_or_that_is_wanted_anew) {
    fill(document("1", "max-age=60", "\"1\""));
    time_.advance(seconds(5));
    one_run run = begin();
    fetch_request usable, anew;
    usable.usable_from = time_.steady_now() - seconds(1);
    anew.anew = true;
    run.ask("/a", usable);
    run.ask("/a", anew);
    run.ask("/a");
    EXPECT_EQ(run.calls(), 2u);
}

TEST_F(step_cache_test, only_a_strict_run_minds_that_a_copy_is_older_than_its_parent) {
    fill(document("1", "max-age=60", "\"1\""));
    time_.advance(seconds(5));
    fetch_request child;
    child.proven_from = time_.steady_now() - seconds(1);
    one_run lenient = begin();
    lenient.ask("/a", child);
    EXPECT_EQ(lenient.calls(), 0u);
    one_run strict = begin("", {.below = nullptr, .forwarded = {}, .home = {}, .strict = true});
    strict.ask("/a", child);
    EXPECT_EQ(strict.calls(), 1u);
}

TEST_F(step_cache_test, nobody_gets_anothers_copy) {
    fill(document("\"alice\"", "max-age=60", "\"1\""), "Bearer alice");
    one_run bob = begin("Bearer bob");
    one_run nobody = begin();
    bob.ask("/a");
    nobody.ask("/a");
    ASSERT_EQ(bob.calls(), 1u);
    ASSERT_EQ(nobody.calls(), 1u);
    EXPECT_FALSE(bob.call(0).request.fields.contains("if-none-match")) << "the tag of another's document";
}

TEST_F(step_cache_test, what_may_not_be_stored_is_not) {
    fill(document("1", "no-store", "\"1\""));
    fill(document("2", "private, max-age=60", "\"1\""));
    EXPECT_EQ(store_.count().entries, 0u);
}

TEST_F(step_cache_test, an_answer_that_forbids_storing_takes_the_stored_one_with_it) {
    fill(document("1", "", "\"1\""));
    fill(document("2", "no-store", "\"2\""));
    EXPECT_EQ(store_.count().entries, 0u);
}

TEST_F(step_cache_test, an_upstream_that_takes_it_back_is_obeyed_and_one_in_trouble_is_not_the_end_of_it) {
    for (const int status : {401, 403, 404, 410, 500, 503}) {
        fill(document("1", "", "\"1\""));
        one_run second = begin();
        const call_id call = second.ask("/a");
        second.upstream->answer("/a", status, "x");
        settle();
        EXPECT_EQ(second.got(call).status, status);
        EXPECT_EQ(store_.count().entries, status >= 500 ? 1u : 0u) << status;
    }
}

TEST_F(step_cache_test, a_write_to_its_uri_makes_every_principals_copy_be_validated) {
    fill(document("1", "max-age=60", "\"1\""), "Bearer alice");
    fill(document("1", "max-age=60", "\"1\""), "Bearer bob");
    const std::vector<std::string> tags{step_uri_tag("incl", "/a")};
    epochs_.invalidate(tags, cache::invalidation::soft);
    one_run alice = begin("Bearer alice");
    one_run bob = begin("Bearer bob");
    alice.ask("/a");
    bob.ask("/a");
    EXPECT_EQ(alice.calls(), 1u);
    EXPECT_EQ(bob.calls(), 1u);
}

TEST_F(step_cache_test, a_call_that_began_before_a_write_is_not_joined_after_it_and_its_answer_is_not_trusted) {
    one_run before = begin();
    before.ask("/a");
    const std::vector<std::string> tags{step_uri_tag("incl", "/a")};
    epochs_.invalidate(tags, cache::invalidation::soft);
    one_run after = begin();
    after.ask("/a");
    EXPECT_EQ(after.calls(), 1u);
    before.upstream->answer("/a", document("old", "max-age=60", "\"1\""));
    settle();
    one_run later = begin();
    later.ask("/a");
    EXPECT_EQ(later.calls(), 0u) << "it joins the one that began after the write";
    after.upstream->answer("/a", document("new", "max-age=60", "\"2\""));
    settle();
    EXPECT_EQ(later.got(1).document.view(), "new");
}

TEST_F(step_cache_test, an_answer_that_took_long_doesnt_replace_a_newer_one) {
    one_run slow = begin();
    slow.ask("/a");
    time_.advance(seconds(1));
    one_run insisting = begin("", {.below = nullptr, .forwarded = {}, .home = {}, .oldest = milliseconds(0)});
    insisting.ask("/a");
    insisting.upstream->answer("/a", document("new", "max-age=60"));
    settle();
    time_.advance(seconds(1));
    slow.upstream->answer("/a", document("old", "max-age=60"));
    settle();
    // The slow call's answer counts as old as its request.
    EXPECT_EQ(store_.find(identify_step("incl", "/a", {}).key)->extras->document.view(), "new");
}

TEST_F(step_cache_test, runs_that_ask_at_a_time_make_one_call) {
    one_run first = begin(), second = begin();
    const call_id a = first.ask("/a"), b = second.ask("/a");
    EXPECT_EQ(first.calls(), 1u);
    EXPECT_EQ(second.calls(), 0u);
    first.upstream->answer("/a", document("{}"));
    settle();
    EXPECT_EQ(first.got(a).document.data(), second.got(b).document.data());
    EXPECT_EQ(first.got(a).wire_bytes, 2u);
    EXPECT_EQ(second.got(b).wire_bytes, 0u) << "they crossed the link once";
    EXPECT_EQ(meters_.joined.value(), 1u);
    EXPECT_FALSE(second.steps->used_older()) << "it was read in the same moment";
}

TEST_F(step_cache_test, who_insists_joins_only_what_began_in_the_same_moment) {
    one_run first = begin();
    first.ask("/a");
    time_.advance(cache::same_moment);
    one_run at_once = begin("", {.below = nullptr, .forwarded = {}, .home = {}, .oldest = milliseconds(0)});
    at_once.ask("/a");
    EXPECT_EQ(at_once.calls(), 0u);
    time_.advance(milliseconds(1));
    one_run later = begin("", {.below = nullptr, .forwarded = {}, .home = {}, .oldest = milliseconds(0)});
    later.ask("/a");
    EXPECT_EQ(later.calls(), 1u);
}

TEST_F(step_cache_test, a_failed_call_lets_the_others_try_once_more) {
    one_run first = begin(), second = begin(), third = begin();
    const call_id a = first.ask("/a"), b = second.ask("/a"), c = third.ask("/a");
    first.upstream->answer("/a", error{errc::total_timeout, {}});
    settle();
    EXPECT_TRUE(first.sink->heard.at(a).has_error());
    ASSERT_EQ(second.calls() + third.calls(), 1u) << "one of them leads, the other joins it";
    one_run& leads = second.calls() == 1 ? second : third;
    leads.upstream->answer("/a", error{errc::total_timeout, {}});
    settle();
    EXPECT_TRUE(second.sink->heard.at(b).has_error());
    EXPECT_TRUE(third.sink->heard.at(c).has_error());
    EXPECT_EQ(second.calls() + third.calls(), 1u);
}

TEST_F(step_cache_test, what_is_not_for_all_lets_the_others_go_alone_and_nobody_queues_for_it_again) {
    one_run first = begin(), second = begin(), third = begin();
    first.ask("/a");
    second.ask("/a");
    third.ask("/a");
    first.upstream->answer("/a", document("1", "no-store"));
    settle();
    EXPECT_EQ(second.calls(), 1u);
    EXPECT_EQ(third.calls(), 1u);
    one_run fourth = begin();
    fourth.ask("/a");
    EXPECT_EQ(fourth.calls(), 1u);
}

TEST_F(step_cache_test, a_call_goes_on_for_those_who_wait_when_the_run_that_made_it_is_gone) {
    one_run first = begin(), second = begin();
    const call_id a = first.ask("/a"), b = second.ask("/a");
    first.steps->cancel(a);
    first.steps = nullptr;
    settle();
    EXPECT_EQ(first.upstream->cancelled(), 0u);
    first.upstream->answer("/a", document("{}"));
    settle();
    EXPECT_FALSE(first.answered(a));
    EXPECT_EQ(second.got(b).document.view(), "{}");
}

TEST_F(step_cache_test, a_call_that_nobody_waits_for_any_more_is_given_up) {
    one_run first = begin(), second = begin();
    const call_id a = first.ask("/a"), b = second.ask("/a");
    first.steps->cancel(a);
    second.steps->cancel(b);
    settle();
    EXPECT_EQ(first.upstream->cancelled(), 1u);
    EXPECT_FALSE(first.answered(a));
    EXPECT_FALSE(second.answered(b));
    // And the key is free.
    one_run third = begin();
    third.ask("/a");
    EXPECT_EQ(third.calls(), 1u);
}

TEST_F(step_cache_test, who_joins_a_call_just_as_it_is_given_up_makes_an_own_one) {
    one_run first = begin(), second = begin();
    const call_id a = first.ask("/a");
    first.steps->cancel(a);
    const call_id b = second.ask("/a");
    settle();
    // Whichever came first: somebody asks the upstream for it, once.
    ASSERT_EQ(first.upstream->open_targets().size() + second.upstream->open_targets().size(), 1u);
    (second.calls() == 1 ? second : first).upstream->answer("/a", document("{}"));
    settle();
    EXPECT_EQ(second.got(b).document.view(), "{}");
}

TEST_F(step_cache_test, a_fresh_copy_that_is_cancelled_before_it_is_told_is_not_heard) {
    fill(document("{}", "max-age=60"));
    one_run second = begin();
    const call_id call = second.ask("/a");
    second.steps->cancel(call);
    settle();
    EXPECT_FALSE(second.answered(call));
}

struct promoted_fetch final : aggregators::fetcher {
    void start(call_id id, fetch_request request, std::weak_ptr<aggregators::fetch_sink>) override {
        background = request.background;
        started = id;
    }
    void cancel(call_id) override {}
    void promote(call_id id) override { promoted.push_back(id); }
    bool background = false;
    call_id started = 0;
    std::vector<call_id> promoted;
};

TEST_F(step_cache_test, a_run_that_nobody_waits_for_hurries_once_somebody_does) {
    const auto upstream = std::make_shared<promoted_fetch>();
    const auto sink = std::make_shared<listening_sink>();
    const auto behind = std::make_shared<step_cache>(
        shared_, step_cache::run{.below = upstream, .forwarded = {}, .home = io_.get_executor(), .background = true});
    behind->start(1, {.upstream = "incl", .target = "/a"}, sink);
    const call_id a = upstream->started;
    behind->promote(1);
    behind->start(2, {.upstream = "incl", .target = "/guessed", .background = true}, sink);
    settle();
    EXPECT_TRUE(upstream->promoted.empty()) << "nobody waits";
    behind->somebody_waits();
    settle();
    EXPECT_EQ(upstream->promoted, std::vector<call_id>{a}) << "what is only guessed waits on";
    behind->start(3, {.upstream = "incl", .target = "/later"}, sink);
    const call_id later = upstream->started;
    settle();
    EXPECT_EQ(upstream->promoted, (std::vector<call_id>{a, later}));
}

TEST_F(step_cache_test, a_speculated_call_is_promoted_when_somebody_asks_for_it) {
    const auto upstream = std::make_shared<promoted_fetch>();
    const auto sink = std::make_shared<listening_sink>();
    const auto guessing = std::make_shared<step_cache>(
        shared_, step_cache::run{.below = upstream, .forwarded = {}, .home = io_.get_executor()});
    guessing->start(7, {.upstream = "incl", .target = "/a", .background = true}, sink);
    EXPECT_TRUE(upstream->background);
    one_run asking = begin();
    asking.ask("/a");
    guessing->promote(7);
    settle();
    EXPECT_EQ(upstream->promoted, std::vector<call_id>{upstream->started}) << "once, under the id it knows";
}

TEST_F(step_cache_test, a_steps_own_timeout_holds_whoever_makes_the_call) {
    one_run patient = begin(), hasty = begin();
    const call_id a = patient.ask("/a");
    fetch_request short_of_time;
    short_of_time.timeout = milliseconds(20);
    const call_id b = hasty.ask("/a", short_of_time);
    testing::run_until(io_, [&] { return hasty.answered(b); });
    EXPECT_EQ(hasty.sink->heard.at(b).error().code, errc::total_timeout);
    EXPECT_EQ(patient.upstream->cancelled(), 0u);
    patient.upstream->answer("/a", document("{}"));
    settle();
    EXPECT_TRUE(patient.answered(a));
}

TEST_F(step_cache_test, waiting_for_others_in_vain_counts_against_the_timeout) {
    one_run first = begin(), second = begin();
    first.ask("/a");
    fetch_request short_of_time;
    short_of_time.timeout = seconds(10);
    second.ask("/a", short_of_time);
    time_.advance(seconds(7));
    first.upstream->answer("/a", error{errc::connect_failed, {}});
    testing::run_until(io_, [&] { return second.calls() == 1; });
    EXPECT_EQ(second.call(0).request.timeout, seconds(3));
}

TEST_F(step_cache_test, a_post_is_made_each_time) {
    one_run first = begin(), second = begin();
    fetch_request search;
    search.content = R"({"q":1})";
    const call_id a = first.ask("/a", search), b = second.ask("/a", search);
    ASSERT_EQ(first.calls(), 1u);
    ASSERT_EQ(second.calls(), 1u);
    first.upstream->answer("/a", document("1", "max-age=60", "\"1\""));
    second.upstream->answer("/a", document("2", "max-age=60", "\"1\""));
    settle();
    EXPECT_EQ(first.got(a).document.view(), "1");
    EXPECT_EQ(second.got(b).document.view(), "2");
    EXPECT_EQ(store_.count().entries, 0u);
}

TEST_F(step_cache_test, large_documents_are_hashed_on_the_workers) {
    boost::asio::thread_pool workers(1);
    shared_steps shared(
        {.store = &store_, .epochs = &epochs_, .time = &time_, .workers = workers.get_executor(), .meters = &meters_});
    one_run run;
    run.steps = std::make_shared<step_cache>(
        shared, step_cache::run{.below = run.upstream, .forwarded = {}, .home = io_.get_executor()});
    const call_id call = run.ask("/a");
    run.upstream->answer("/a", document(std::string(300'000, ' '), "max-age=60"));
    testing::run_until(io_, [&] { return run.answered(call); });
    EXPECT_NE(run.got(call).content_hash, 0u);
    EXPECT_EQ(store_.count().entries, 1u);
}

}  // namespace
}  // namespace nearside::proxy
