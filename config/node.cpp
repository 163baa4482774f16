#include "config/node.h"

#include "core/ascii.h"

#include <algorithm>
#include <limits>

namespace nearside::config {

namespace {

// Names longer than this are not compared: the work grows with the product of both lengths.
constexpr std::size_t longest_compared = 64;

char folded(char letter) noexcept {
    return letter == '-' ? '_' : to_lower(letter);
}

// How many letters to insert, drop, replace or swap with their neighbour (optimal string alignment).
std::size_t edit_distance(std::string_view left, std::string_view right) {
    std::vector<std::size_t> two_above(right.size() + 1);
    std::vector<std::size_t> above(right.size() + 1);
    std::vector<std::size_t> row(right.size() + 1);
    for (std::size_t at = 0; at <= right.size(); ++at)
        row[at] = at;
    for (std::size_t i = 1; i <= left.size(); ++i) {
        std::swap(two_above, above);
        std::swap(above, row);
        row[0] = i;
        for (std::size_t j = 1; j <= right.size(); ++j) {
            const bool same = folded(left[i - 1]) == folded(right[j - 1]);
            row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + (same ? 0U : 1U)});
            if (i > 1 && j > 1 && folded(left[i - 1]) == folded(right[j - 2]) &&
                folded(left[i - 2]) == folded(right[j - 1])) {
                row[j] = std::min(row[j], two_above[j - 2] + 1);
            }
        }
    }
    return row[right.size()];
}

// A third of the letters may be wrong; more than that is another word.
std::size_t forgiven(std::size_t letters) noexcept {
    return std::clamp<std::size_t>(letters / 3, 1, 3);
}

bool is_abbreviation(std::string_view name, std::string_view of) noexcept {
    return name.size() >= 3 && of.size() > name.size() &&
           std::equal(name.begin(), name.end(), of.begin(), [](char a, char b) { return folded(a) == folded(b); });
}

}  // namespace

std::string position::to_string() const {
    return file + ":" + std::to_string(line) + ":" + std::to_string(column);
}

const node* node::find(std::string_view key) const noexcept {
    for (const auto& [name, value] : members) {
        if (name.text == key) return &value;
    }
    return nullptr;
}

std::string complaint::to_string() const {
    std::string line = at.to_string() + ": " + what;
    if (!mend.empty()) line += "; " + mend;
    return line;
}

std::string_view nearest_name(std::string_view name, const std::vector<std::string_view>& known) {
    if (name.empty() || name.size() > longest_compared) return {};
    std::string_view best;
    std::size_t best_distance = std::numeric_limits<std::size_t>::max();
    for (const std::string_view candidate : known) {
        if (candidate.size() > longest_compared) continue;
        const std::size_t distance = edit_distance(name, candidate);
        if (distance <= forgiven(std::max(name.size(), candidate.size())) && distance < best_distance) {
            best = candidate;
            best_distance = distance;
        }
    }
    if (!best.empty()) return best;
    const auto abbreviated =
        std::find_if(known.begin(), known.end(), [&](std::string_view of) { return is_abbreviation(name, of); });
    return abbreviated == known.end() ? std::string_view{} : *abbreviated;
}

}  // namespace nearside::config
