// The command line: serve, check, explain, schema, health; proxy/cli_admin has those that ask a running nearside.

#include "aggregators/explain.h"
#include "config/schema.h"
#include "core/clock.h"
#include "core/log.h"
#include "proxy/app.h"
#include "proxy/cli_admin.h"
#include "proxy/configuration.h"
#include "proxy/health_check.h"

#include <CLI/CLI.hpp>

#include <exception>
#include <iostream>
#include <string>

namespace {

using nearside::proxy::configuration;

bool print_complaints(const configuration& read) {
    for (const auto& each : read.complaints)
        std::cerr << each.to_string() << '\n';
    if (read.complaints.empty()) return false;
    std::cerr << read.complaints.size() << (read.complaints.size() == 1 ? " complaint\n" : " complaints\n");
    return true;
}

int serve(const std::string& file) {
    const configuration read = nearside::proxy::read_configuration(file);
    if (print_complaints(read)) return 1;
    nearside::logger log(read.settings->log.level, read.settings->log.format);
    const nearside::system_clock time;
    return nearside::proxy::run_app(read, log, time);
}

int check(const std::string& file) {
    const configuration read = nearside::proxy::read_configuration(file);
    if (print_complaints(read)) return 1;
    const auto counted = [](std::size_t count, const char* what) {
        return std::to_string(count) + ' ' + what + (count == 1 ? "" : "s");
    };
    std::cout << file << ": good: " << counted(read.settings->upstreams.size(), "upstream") << ", "
              << counted(read.settings->routes.size(), "route") << ", " << counted(read.settings->views.size(), "view")
              << '\n';
    return 0;
}

int explain(const std::string& file, const std::string& name) {
    const configuration read = nearside::proxy::read_configuration(file);
    if (print_complaints(read)) return 1;
    const auto view = read.places->find_view(name);
    if (!view) {
        std::cerr << "there is no view \"" << name << "\" in " << file << "; there are:";
        for (const auto& each : read.places->views())
            std::cerr << ' ' << each->name;
        std::cerr << '\n';
        return 1;
    }
    std::cout << nearside::aggregators::explain(*view->plan, read.settings->upstreams);
    return 0;
}

}  // namespace

int main(int count, char** arguments) {
    CLI::App app{
        "nearside: one URL for one screen over a far API.\n"
        "An edge caching proxy and backend-for-frontend: it runs the API calls of a screen in parallel, composes them\n"
        "into one JSON view, keeps it, and refreshes it behind.\n\n"
        "  nearside check nearside.yaml                 is the file right? every complaint at once\n"
        "  nearside explain nearside.yaml my-view       which calls in which order, and what they cost\n"
        "  nearside serve nearside.yaml                 run\n"
        "  nearside invalidate --tag job:7              what is stored with this tag is refreshed before long\n"
        "  nearside entries --match jobs                what is stored, how old, and for how long\n"};
    app.set_version_flag("--version", std::string("nearside ") + NEARSIDE_VERSION);
    app.require_subcommand(1);

    std::string file, view, ca, url = "http://127.0.0.1:8081/readyz";
    CLI::App* const serving = app.add_subcommand("serve", "Run with this configuration until SIGTERM");
    serving->add_option("FILE", file, "configuration (YAML)")->required();
    CLI::App* const checking = app.add_subcommand("check", "Tell everything that is wrong with a configuration");
    checking->add_option("FILE", file, "configuration (YAML)")->required();
    CLI::App* const explaining =
        app.add_subcommand("explain", "Print the plan of a view: its waves, and the round trips each costs");
    explaining->add_option("FILE", file, "configuration (YAML)")->required();
    explaining->add_option("VIEW", view, "name of a view")->required();
    CLI::App* const describing =
        app.add_subcommand("schema", "Print the JSON Schema of the configuration, for editors");
    CLI::App* const asking = app.add_subcommand("health", "Exit 0 when a running nearside says it is ready");
    asking->add_option("--url", url, "which health page to ask")->capture_default_str();
    asking->add_option("--ca", ca, "PEM file of the authorities to trust, of https");
    const nearside::proxy::admin_commands admin(app);

    try {
        app.parse(count, arguments);
    } catch (const CLI::ParseError& wrong) {
        if (wrong.get_exit_code() == 0) return app.exit(wrong);  // --help, --version
        std::cerr << "nearside: " << wrong.what() << "; see nearside --help\n";
        return nearside::proxy::exit_code::wrong_usage;
    }
    try {
        if (serving->parsed()) return serve(file);
        if (checking->parsed()) return check(file);
        if (explaining->parsed()) return explain(file, view);
        if (describing->parsed()) {
            std::cout << nearside::config::configuration_schema();
            return 0;
        }
        if (const auto ended = admin.run()) return *ended;
        return nearside::proxy::ask_health(url, ca);
    } catch (const std::exception& failure) {
        std::cerr << "nearside: " << failure.what() << '\n';
        return 1;
    }
}
