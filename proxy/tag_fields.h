// Header fields that carry tags: Fastly's, that of other CDNs, and those that Varnish's xkey is used with.
// Pure; any thread.
#pragma once

#include "core/ascii.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

namespace nearside::proxy {

struct tag_field {
    std::string_view name, dividers;
};

// By what an upstream names the tags of an answer.
inline constexpr std::array<tag_field, 3> naming_fields = {
    {{"Surrogate-Key", " \t"}, {"xkey", " \t,"}, {"Cache-Tag", ","}}};
// By what a request names them to be invalidated, besides.
inline constexpr std::array<tag_field, 2> purging_fields = {{{"xkey-purge", " \t,"}, {"xkey-softpurge", " \t,"}}};

template <class Each>
void for_each_tag(const tag_field& of, std::string_view value, Each each) {
    while (!value.empty()) {
        const std::size_t end = std::min(value.find_first_of(of.dividers), value.size());
        const std::string_view tag = trimmed(value.substr(0, end));
        value.remove_prefix(std::min(end + 1, value.size()));
        if (!tag.empty()) each(tag);
    }
}

}  // namespace nearside::proxy
