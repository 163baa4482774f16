#include "loadtest/farapi/names.h"

#include "loadtest/farapi/mix.h"

#include <array>
#include <string_view>

namespace nearside::farapi {

namespace {

struct person {
    std::string_view username, full_name;
};

// Full names hold characters beyond ASCII on purpose: bodies must pass through unharmed.
constexpr std::array<person, 8> people{{{"minji", "김민지"},
                                        {"joris", "Joris de Vries"},
                                        {"seoyeon", "이서연"},
                                        {"daan", "Daan Jansen"},
                                        {"jihoon", "박지훈"},
                                        {"sanne", "Sanne Bakker"},
                                        {"hyunwoo", "최현우"},
                                        {"zoe", "Zoë van Dijk"}}};

constexpr std::array<std::string_view, 8> subjects{"Korean speech",   "Protein folding", "Tulip disease",
                                                   "Harbour traffic", "Sea level",       "Retina scans",
                                                   "Turbine noise",   "Crop yield"};
constexpr std::array<std::string_view, 6> kinds{"classifier",   "transformer", "forecast",
                                                "segmentation", "embedding",   "baseline"};
constexpr std::array<std::string_view, 6> actions{"sweep", "train", "finetune", "ablation", "distill", "evaluate"};

template <class Names>
std::string_view pick(const Names& names, std::uint64_t noise) {
    return names[noise % names.size()];
}

}  // namespace

std::string username_of(std::uint64_t index) {
    return index < people.size() ? std::string(people[index].username) : "user" + std::to_string(index + 1);
}

std::string full_name_of(std::uint64_t index) {
    return index < people.size() ? std::string(people[index].full_name) : "User " + std::to_string(index + 1);
}

std::string project_name_of(std::uint64_t seed, std::uint64_t index) {
    const std::uint64_t noise = mix(seed, index, 100);
    return std::string(pick(subjects, noise)) + " " + std::string(pick(kinds, noise >> 16));
}

std::string job_name_of(std::uint64_t seed, std::uint64_t id) {
    const std::uint64_t noise = mix(seed, id, 101);
    return std::string(pick(actions, noise)) + "-" + std::to_string((noise >> 20) % 10'000);
}

}  // namespace nearside::farapi
