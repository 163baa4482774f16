// A configuration file, read and understood whole: settings, and the site they describe. What `serve`, `check` and
// `explain` begin with.
// Made by main; what it holds is immutable and shared by any thread.
#pragma once

#include "config/complain.h"
#include "config/settings.h"
#include "proxy/site.h"

#include <memory>
#include <string>

namespace nearside::proxy {

struct configuration {
    std::string file;  // where it was read
    std::shared_ptr<const config::settings> settings;
    std::shared_ptr<const site> places;  // null with complaints
    config::complaint_list complaints;   // everything that is wrong, sorted by position
};

// Reads the process's environment.
configuration read_configuration(const std::string& file);

}  // namespace nearside::proxy
