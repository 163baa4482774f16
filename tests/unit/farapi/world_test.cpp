#include "loadtest/farapi/world.h"

#include <gtest/gtest.h>

#include <numeric>

namespace nearside::farapi {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr principal staff{.user_id = 0, .staff = true};

TEST(World, TellsTheSameStoryForTheSameSeed) {
    const world one({.seed = 7}), same({.seed = 7}), other({.seed = 8});
    EXPECT_EQ(one.find_job(10'500, world::epoch)->name, same.find_job(10'500, world::epoch)->name);
    EXPECT_EQ(one.count_jobs(101), same.count_jobs(101));
    EXPECT_NE(one.count_jobs(101), other.count_jobs(101));
}

TEST(World, SharesAllJobsAmongTheProjectsAndLosesNone) {
    const world story({.jobs = 8'000'000});
    std::uint64_t sum = 0;
    for (auto id : story.visible_projects(staff, std::nullopt))
        sum += story.count_jobs(id);
    EXPECT_EQ(sum, 8'000'000u);
    const auto last = story.find_job(world::first_job + 7'999'999, world::epoch);
    ASSERT_TRUE(last);
    EXPECT_EQ(last->project_id, 140u);
    EXPECT_FALSE(story.find_job(world::first_job + 8'000'000, world::epoch));
}

TEST(World, ListsWhatItFindsById) {
    const world story({});
    const auto ids = story.list_jobs(105, 3, 4);
    ASSERT_EQ(ids.size(), 4u);
    for (auto id : ids)
        EXPECT_EQ(story.find_job(id, world::epoch)->project_id, 105u);
    EXPECT_TRUE(story.list_jobs(105, story.count_jobs(105), 10).empty());
}

TEST(World, ListsJobsNewestFirst) {
    const world story({});
    const auto ids = story.list_jobs(102, 0, 3);
    EXPECT_GE(story.find_job(ids[0], world::epoch)->created, story.find_job(ids[1], world::epoch)->created);
    EXPECT_GE(story.find_job(ids[1], world::epoch)->created, story.find_job(ids[2], world::epoch)->created);
}

TEST(World, ShowsAProjectToItsOwnerItsMemberAndStaffAlone) {
    const world story({});
    const auto project = *story.find_project(101);
    std::uint32_t who_see_it = 0;
    for (record_id user = 1; user <= 8; ++user)
        who_see_it += story.sees({.user_id = user}, project);
    EXPECT_EQ(who_see_it, project.owner_id == project.member_id ? 1u : 2u);
    EXPECT_TRUE(story.sees(staff, project));
}

TEST(World, LetsAJobWaitRunAndEnd) {
    world story({});
    const auto id = story.create_job(101, "sweep", world::epoch);
    EXPECT_EQ(story.find_job(id, world::epoch)->status, job_status::queued);
    const auto running = *story.find_job(id, world::epoch + minutes(1));
    EXPECT_EQ(running.status, job_status::running);
    EXPECT_LT(running.progress_percent, 100u);
    const auto ended = *story.find_job(id, world::epoch + minutes(60));
    EXPECT_TRUE(ended.status == job_status::succeeded || ended.status == job_status::failed);
    EXPECT_EQ(ended.progress_percent, 100u);
    EXPECT_TRUE(ended.finished);
}

TEST(World, KeepsAStoppedJobWhereItStood) {
    world story({});
    const auto id = story.create_job(101, "sweep", world::epoch);
    const auto stopped_at = world::epoch + minutes(1);
    EXPECT_TRUE(story.stop_job(id, stopped_at));
    const auto later = *story.find_job(id, world::epoch + minutes(60));
    EXPECT_EQ(later.status, job_status::stopped);
    EXPECT_EQ(later.finished, stopped_at);
    EXPECT_FALSE(story.stop_job(id, world::epoch + minutes(61)));
}

TEST(World, PutsACreatedJobFirstAndForgetsItOnRequest) {
    world story({});
    const auto before = story.count_jobs(101);
    const auto id = story.create_job(101, "sweep", world::epoch);
    EXPECT_EQ(story.list_jobs(101, 0, 1), std::vector<record_id>{id});
    EXPECT_EQ(story.list_jobs(101, 1, 1).size(), 1u);
    EXPECT_EQ(story.count_jobs(101), before + 1);
    story.rename_project(101, "renamed");
    EXPECT_EQ(story.find_project(101)->name, "renamed");
    story.forget_writes();
    EXPECT_EQ(story.count_jobs(101), before);
    EXPECT_NE(story.find_project(101)->name, "renamed");
}

}  // namespace
}  // namespace nearside::farapi
