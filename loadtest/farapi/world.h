// The data of the far region: users, projects and jobs of an ML-experiment platform. Nothing is stored but what was
// written: each record is computed from the seed and its id, so millions of jobs cost nothing, and two processes with
// one seed tell the same story. Time is an argument: jobs progress as `now` moves. One owner, one thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nearside::farapi {

using record_id = std::uint64_t;
using world_time = std::chrono::sys_seconds;

struct world_options {
    std::uint64_t seed = 1;
    std::uint32_t users = 8;
    std::uint32_t projects = 40;
    std::uint64_t jobs = 4000;  // in all; projects get uneven shares
};

struct user {
    record_id id = 0;
    std::string username, full_name;
    world_time joined{};
};

struct project {
    record_id id = 0;
    std::string name;
    record_id owner_id = 0, member_id = 0;  // these two see it
    world_time created{};
};

enum class job_status { queued, running, succeeded, failed, stopped };
std::string_view to_string(job_status status) noexcept;

struct job {
    record_id id = 0, project_id = 0;
    std::string name;
    job_status status = job_status::queued;
    std::uint32_t progress_percent = 0;
    world_time created{};
    std::optional<world_time> started{}, finished{};
};

// A dataset, a checkpoint or the like, made from another one: a chain of any length, known a link at a time.
struct artifact {
    record_id id = 0;
    std::string name;
    std::optional<record_id> derived_from;
};

// Who asks: one user, or staff, who see everything.
struct principal {
    record_id user_id = 0;
    bool staff = false;
};

class world {
public:
    // The instant at which the story starts; `now` is never before it.
    static constexpr world_time epoch{std::chrono::seconds(1'767'225'600)};  // 2026-01-01T00:00:00Z
    // Ids of different kinds never look alike, so that a mix-up shows.
    static constexpr record_id first_user = 1, first_project = 101, first_job = 10'001, first_artifact = 500'000'001;
    static constexpr std::uint32_t artifacts = 100'000, longest_lineage = 1'000;

    explicit world(world_options options);

    const world_options& options() const noexcept { return options_; }

    std::optional<user> find_user(record_id id) const;
    std::optional<record_id> find_username(std::string_view username) const;
    std::optional<project> find_project(record_id id) const;
    std::optional<job> find_job(record_id id, world_time now) const;

    std::optional<artifact> find_artifact(record_id id) const;

    bool sees(const principal& who, const project& what) const noexcept;
    // Ids in the order of lists: projects ascending, of one owner if given.
    std::vector<record_id> visible_projects(const principal& who, std::optional<record_id> owner) const;
    std::uint64_t count_jobs(record_id project_id) const;
    // Jobs of a project, newest first, from `offset`.
    std::vector<record_id> list_jobs(record_id project_id, std::uint64_t offset, std::uint64_t limit) const;

    record_id create_job(record_id project_id, std::string name, world_time now);
    void rename_project(record_id id, std::string name);
    void rename_job(record_id id, std::string name);
    void rename_artifact(record_id id, std::string name);
    void derive_artifact(record_id id, record_id from);
    // False when the job had ended before.
    bool stop_job(record_id id, world_time now);
    // As if nothing had ever been written.
    void forget_writes();

private:
    struct written_job {
        record_id project_id;
        std::string name;
        world_time created;
    };

    std::optional<std::uint32_t> project_index(record_id id) const noexcept;
    job computed_job(record_id id) const;
    void play(job& what, world_time now) const;

    world_options options_;
    std::vector<std::uint64_t> first_job_of_;  // by project, and one past the last: offsets from first_job
    std::vector<written_job> created_;         // ids follow the computed ones
    std::map<record_id, std::vector<record_id>> created_of_;
    std::map<record_id, std::string> project_names_, job_names_, artifact_names_;
    std::map<record_id, record_id> derived_from_;
    std::map<record_id, world_time> stopped_;
};

}  // namespace nearside::farapi
