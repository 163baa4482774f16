// Marks of what a configuration says about answers: a short digest that is part of every key, so that what was stored
// under other words is not found by these, whether they changed with a reload or another node has them. What stays as
// it was keeps its mark, and so what is stored of it. Pure; any thread.
#pragma once

#include "config/settings.h"

#include <map>
#include <string>
#include <vector>

namespace nearside::proxy {

// By the upstream's name.
using upstream_marks = std::map<std::string, std::string, std::less<>>;

// Who answers, and what it is sent of the client's.
std::string mark_of(const config::upstream_settings& upstream);
upstream_marks marks_of(const std::vector<config::upstream_settings>& upstreams);

// All that shapes a view: its part of the file but for what only says when it is renewed (`refresh`, `warm`), and the
// upstreams that it asks.
std::string mark_of(const config::view_settings& view, const std::vector<std::string>& upstreams,
                    const config::settings& all);

// All that decides how a route's answers are stored, and the upstream that it asks.
std::string mark_of(const config::route_settings& route, const config::settings& all);

// The same to the last setting, wherever in which file it stands: connections to it can be kept.
bool is_same(const config::upstream_settings& left, const config::upstream_settings& right);

}  // namespace nearside::proxy
