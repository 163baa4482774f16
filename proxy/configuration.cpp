#include "proxy/configuration.h"

#include "config/load.h"
#include "proxy/check_tls.h"

#include <utility>

namespace nearside::proxy {

configuration read_configuration(const std::string& file) {
    config::load_outcome loaded = config::load(file, config::process_environment());
    configuration read;
    read.file = file;
    read.complaints = std::move(loaded.complaints);
    read.places = site::build(loaded.value, read.complaints);
    check_tls(loaded.value, read.complaints);
    config::sort_complaints(read.complaints);
    if (!read.complaints.empty()) read.places = nullptr;
    read.settings = std::make_shared<const config::settings>(std::move(loaded.value));
    return read;
}

}  // namespace nearside::proxy
