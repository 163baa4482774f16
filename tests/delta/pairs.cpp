// json_patch_pairs SEED COUNT: that many times three lines, an older document, a newer one, and the patch between them.
#include "aggregators/json_patch.h"
#include "tests/unit/aggregators/random_documents.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <string>

namespace {

using nearside::aggregators::random_documents;

constexpr std::size_t limit = 1'000'000;  // bytes of a patch

// Line ends are white space in these documents and nothing else.
std::string on_one_line(std::string text) {
    std::ranges::replace(text, '\n', ' ');
    return text;
}

}  // namespace

int main(int count, char** arguments) {
    if (count != 3) return 2;
    random_documents make(static_cast<unsigned>(std::atoi(arguments[1])));
    for (int pairs = std::atoi(arguments[2]); pairs > 0; --pairs) {
        random_documents::value one = make.any();
        const std::string older = on_one_line(make.text_of(one));
        if (make.below(10) == 0)
            one = make.any();
        else
            make.change(one, 1 + make.below(6));
        const std::string newer = on_one_line(make.text_of(one));
        const auto patch = nearside::aggregators::json_patch(
            nearside::buffer::copy_of(older), nearside::buffer::copy_of(newer), {.item_id = "id", .limit = limit});
        if (!patch) return 1;
        fmt::print("{}\n{}\n{}\n", older, newer, *patch);
    }
    return 0;
}
