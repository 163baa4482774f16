// farlink: puts a distance between here and a command.
#include "loadtest/farlink/far_command.h"
#include "loadtest/farlink/relay.h"
#include "loadtest/farlink/shuttle.h"
#include "loadtest/farlink/tun_link.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <csignal>
#include <cstdio>
#include <sys/signalfd.h>

namespace {

namespace farlink = nearside::farlink;

constexpr const char* footer = R"(
Everything behind `--` is run on the far side, where `{listen}` stands for the address to listen on:

  farlink --rtt 260ms --port 8000 -- farapi --listen {listen}

The line "farlink reach HOST:PORT" tells how to reach it from here. It ends when the command ends, or on SIGTERM and
SIGINT, and takes the command and the network with it.

As root: a network namespace of its own and real kernel TCP at both ends. Else, or with --relay: a TCP relay.)";

struct choices {
    farlink::link_settings link;
    bool relay = false;
    std::uint16_t port = 8000;
    std::vector<std::string> command;
};

int run_tun(const choices& chosen, farlink::tun_link link) {
    sigset_t ends;
    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGINT);
    sigprocmask(SIG_BLOCK, &ends, nullptr);
    const farlink::file signals(farlink::checked(::signalfd(-1, &ends, SFD_CLOEXEC), "cannot watch signals"));
    fmt::print(
        "farlink tun: network namespace and TUN pair; real TCP at both ends, handshake and slow start included\n");
    fmt::print("farlink far side at {}, near side at {}\n", link.far_address, link.near_address);
    fmt::print("farlink reach {}:{}\n", link.far_address, chosen.port);
    std::fflush(stdout);
    const auto listen = fmt::format("{}:{}", link.far_address, chosen.port);
    farlink::far_command command(chosen.command, listen, &link.far_namespace);
    return farlink::shuttle(link, chosen.link, command.watch(), signals.get()) ? command.exit_code() : 0;
}

int run_relay(const choices& chosen) {
    farlink::relay_settings settings;
    settings.link = chosen.link;
    settings.to_port = farlink::free_loopback_port();
    farlink::far_command command(chosen.command, fmt::format("127.0.0.1:{}", settings.to_port), nullptr);
    const bool ended = farlink::relay(settings, command.watch(), [](std::uint16_t port) {
        fmt::print(
            "farlink relay: TCP relay on loopback; bytes are late as over the distance, but connect() itself "
            "returns at once, and there is no loss and no slow start\n");
        fmt::print("farlink reach 127.0.0.1:{}\n", port);
        std::fflush(stdout);
    });
    return ended ? command.exit_code() : 0;
}

int run(const choices& chosen) {
    if (chosen.relay) return run_relay(chosen);
    std::optional<farlink::tun_link> link;
    try {
        link = farlink::make_tun_link();
    } catch (const std::system_error& failure) {
        fmt::print(stderr, "farlink: no TUN pair ({}); a relay instead\n", failure.what());
        return run_relay(chosen);
    }
    return run_tun(chosen, std::move(*link));
}

// Reads an option's text by a parser that knows its units.
template <class Value, class Parse>
CLI::Option* add_parsed(CLI::App& app, const std::string& name, Value& into, Parse parse, const std::string& help) {
    const auto read = [&into, parse](const std::string& text) {
        const auto value = parse(text);
        if (!value) throw CLI::ValidationError("cannot read '" + text + "'");
        into = *value;
    };
    return app.add_option_function<std::string>(name, read, help);
}

}  // namespace

int main(int argc, char** argv) try {
    choices chosen;
    CLI::App app("farlink: puts a distance between here and a command.");
    app.footer(footer);
    add_parsed(app, "--rtt", chosen.link.round_trip, farlink::parse_duration, "round trip, e.g. 260ms (the default)");
    add_parsed(app, "--bandwidth", chosen.link.bits_per_second, farlink::parse_bandwidth, "each way, e.g. 100Mbit");
    add_parsed(app, "--loss", chosen.link.loss, farlink::parse_share,
               "of packets each way, e.g. 0.1%; not by the relay");
    app.add_option("--queue-bytes", chosen.link.queue_bytes, "that may wait for the bandwidth")->capture_default_str();
    app.add_option("--seed", chosen.link.seed, "of the loss")->capture_default_str();
    app.add_option("--port", chosen.port, "that the command listens on")->capture_default_str();
    app.add_flag("--relay", chosen.relay, "a TCP relay, also as root");
    app.add_option("command", chosen.command, "what to run on the far side, behind --")->required();
    CLI11_PARSE(app, argc, argv);
    return run(chosen);
} catch (const std::exception& failure) {
    std::fprintf(stderr, "farlink: %s\n", failure.what());
    return 1;
}
