#include "loadtest/farapi/world.h"

#include "loadtest/farapi/mix.h"
#include "loadtest/farapi/names.h"

#include <algorithm>

namespace nearside::farapi {

namespace {

using std::chrono::seconds;

// What the noise is drawn for; keeps the draws for one record apart.
enum purpose : std::uint64_t { share = 1, member, joined, project_age, job_jitter, queue_time, run_time, outcome };

constexpr seconds jobs_apart{90};  // a project starts a job about this often
constexpr seconds shortest_run{120};
constexpr std::uint64_t run_spread_seconds = 1080;

}  // namespace

std::string_view to_string(job_status status) noexcept {
    switch (status) {
        case job_status::queued:
            return "queued";
        case job_status::running:
            return "running";
        case job_status::succeeded:
            return "succeeded";
        case job_status::failed:
            return "failed";
        case job_status::stopped:
            return "stopped";
    }
    return "";
}

world::world(world_options options) : options_(options) {
    options_.users = std::max(options_.users, 1u);
    options_.projects = std::max(options_.projects, 1u);
    std::vector<std::uint64_t> weights;
    std::uint64_t total = 0;
    for (std::uint32_t index = 0; index < options_.projects; ++index) {
        weights.push_back(1 + mix(options_.seed, share, index) % 7);
        total += weights.back();
    }
    std::uint64_t passed = 0;
    first_job_of_.push_back(0);
    for (std::uint64_t weight : weights) {
        passed += weight;
        first_job_of_.push_back(options_.jobs / total * passed + options_.jobs % total * passed / total);
    }
}

std::optional<user> world::find_user(record_id id) const {
    if (id < first_user || id >= first_user + options_.users) return std::nullopt;
    user found;
    found.id = id;
    found.username = username_of(id - first_user);
    found.full_name = full_name_of(id - first_user);
    found.joined = epoch - seconds(86'400 * 30 + mix(options_.seed, joined, id) % (86'400 * 700));
    return found;
}

std::optional<record_id> world::find_username(std::string_view username) const {
    for (record_id id = first_user; id < first_user + options_.users; ++id) {
        if (username_of(id - first_user) == username) return id;
    }
    return std::nullopt;
}

std::optional<std::uint32_t> world::project_index(record_id id) const noexcept {
    if (id < first_project || id >= first_project + options_.projects) return std::nullopt;
    return static_cast<std::uint32_t>(id - first_project);
}

std::optional<project> world::find_project(record_id id) const {
    const auto index = project_index(id);
    if (!index) return std::nullopt;
    project found;
    found.id = id;
    const auto renamed = project_names_.find(id);
    found.name = renamed != project_names_.end() ? renamed->second : project_name_of(options_.seed, *index);
    found.owner_id = first_user + *index % options_.users;
    found.member_id = first_user + mix(options_.seed, member, *index) % options_.users;
    found.created = epoch - seconds(86'400 * 20 + mix(options_.seed, project_age, *index) % (86'400 * 300));
    return found;
}

std::optional<job> world::find_job(record_id id, world_time now) const {
    if (id < first_job) return std::nullopt;
    job found;
    if (id < first_job + options_.jobs) {
        found = computed_job(id);
    } else {
        const record_id nth = id - first_job - options_.jobs;
        if (nth >= created_.size()) return std::nullopt;
        found = {.id = id,
                 .project_id = created_[nth].project_id,
                 .name = created_[nth].name,
                 .created = created_[nth].created};
    }
    if (const auto renamed = job_names_.find(id); renamed != job_names_.end()) found.name = renamed->second;
    play(found, now);
    return found;
}

job world::computed_job(record_id id) const {
    const std::uint64_t offset = id - first_job;
    const auto after = std::upper_bound(first_job_of_.begin(), first_job_of_.end(), offset);
    const auto index = static_cast<std::uint32_t>(after - first_job_of_.begin() - 1);
    const std::uint64_t older_than_newest = first_job_of_[index + 1] - 1 - offset;
    job found;
    found.id = id;
    found.project_id = first_project + index;
    found.name = job_name_of(options_.seed, id);
    found.created =
        epoch - jobs_apart * older_than_newest - seconds(mix(options_.seed, job_jitter, id) % jobs_apart.count());
    return found;
}

std::optional<artifact> world::find_artifact(record_id id) const {
    if (id < first_artifact || id >= first_artifact + artifacts) return std::nullopt;
    artifact found;
    found.id = id;
    const auto renamed = artifact_names_.find(id);
    found.name = renamed != artifact_names_.end() ? renamed->second : job_name_of(options_.seed, id);
    const auto derived = derived_from_.find(id);
    if (derived != derived_from_.end()) {
        found.derived_from = derived->second;
    } else if ((id - first_artifact + 1) % longest_lineage != 0) {
        found.derived_from = id + 1;
    }
    return found;
}

// A job waits, runs, and ends; where it stands follows from `now` alone.
void world::play(job& what, world_time now) const {
    const auto start = what.created + seconds(5 + mix(options_.seed, queue_time, what.id) % 20);
    const auto length = shortest_run + seconds(mix(options_.seed, run_time, what.id) % run_spread_seconds);
    const auto stop = stopped_.find(what.id);
    const auto until = stop == stopped_.end() ? now : std::min(now, stop->second);
    if (until >= start) {
        what.started = start;
        const auto ran = std::min(until - start, length);
        what.progress_percent = static_cast<std::uint32_t>(ran * 100 / length);
        what.status = job_status::running;
        if (ran == length) {
            what.finished = start + length;
            const bool failed = mix(options_.seed, outcome, what.id) % 10 == 0;
            what.status = failed ? job_status::failed : job_status::succeeded;
            return;
        }
    }
    if (stop != stopped_.end() && now >= stop->second) {
        what.finished = stop->second;
        what.status = job_status::stopped;
    }
}

bool world::sees(const principal& who, const project& what) const noexcept {
    return who.staff || what.owner_id == who.user_id || what.member_id == who.user_id;
}

std::vector<record_id> world::visible_projects(const principal& who, std::optional<record_id> owner) const {
    std::vector<record_id> found;
    for (record_id id = first_project; id < first_project + options_.projects; ++id) {
        const auto candidate = find_project(id);
        if (!sees(who, *candidate)) continue;
        if (!owner || candidate->owner_id == *owner) found.push_back(id);
    }
    return found;
}

std::uint64_t world::count_jobs(record_id project_id) const {
    const auto index = project_index(project_id);
    if (!index) return 0;
    const auto created = created_of_.find(project_id);
    return first_job_of_[*index + 1] - first_job_of_[*index] +
           (created == created_of_.end() ? 0 : created->second.size());
}

std::vector<record_id> world::list_jobs(record_id project_id, std::uint64_t offset, std::uint64_t limit) const {
    const auto index = project_index(project_id);
    if (!index) return {};
    const auto written = created_of_.find(project_id);
    const std::uint64_t newer = written == created_of_.end() ? 0 : written->second.size();
    const std::uint64_t past_last = first_job_of_[*index + 1];
    const std::uint64_t all = newer + past_last - first_job_of_[*index];
    std::vector<record_id> ids;
    for (std::uint64_t at = offset; at < all && ids.size() < limit; ++at) {
        ids.push_back(at < newer ? written->second[newer - 1 - at] : first_job + past_last - 1 - (at - newer));
    }
    return ids;
}

record_id world::create_job(record_id project_id, std::string name, world_time now) {
    const record_id id = first_job + options_.jobs + created_.size();
    created_.push_back({project_id, std::move(name), now});
    created_of_[project_id].push_back(id);
    return id;
}

void world::rename_project(record_id id, std::string name) {
    project_names_[id] = std::move(name);
}

void world::rename_job(record_id id, std::string name) {
    job_names_[id] = std::move(name);
}

void world::rename_artifact(record_id id, std::string name) {
    artifact_names_[id] = std::move(name);
}

void world::derive_artifact(record_id id, record_id from) {
    derived_from_[id] = from;
}

bool world::stop_job(record_id id, world_time now) {
    const auto found = find_job(id, now);
    if (!found || found->finished) return false;
    stopped_.emplace(id, now);
    return true;
}

void world::forget_writes() {
    created_.clear();
    created_of_.clear();
    project_names_.clear();
    job_names_.clear();
    artifact_names_.clear();
    derived_from_.clear();
    stopped_.clear();
}

}  // namespace nearside::farapi
