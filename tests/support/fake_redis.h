// Redis as a script: what a fake_origin's connection is sent, read as commands, and replies to them.
// For the threads of a fake_origin.
#pragma once

#include "tests/support/fake_origin.h"

#include <cstdint>
#include <cstdlib>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace nearside::testing {

// The next command's arguments; empty: the client is gone.
inline std::vector<std::string> read_command(fake_peer& peer) {
    const auto line = [&peer] {
        std::string read;
        while (!read.ends_with("\r\n")) {
            const std::string byte = peer.read_bytes(1);
            if (byte.empty()) return std::string();
            read += byte;
        }
        return read;
    };
    const std::string head = line();
    if (head.empty()) return {};
    std::vector<std::string> arguments(std::strtoul(head.c_str() + 1, nullptr, 10));
    for (std::string& each : arguments) {
        const std::size_t size = std::strtoul(line().c_str() + 1, nullptr, 10);
        each = peer.read_bytes(size);
        if (peer.read_bytes(2) != "\r\n") return {};
    }
    return arguments;
}

inline std::string bulk(std::string_view text) {
    return "$" + std::to_string(text.size()) + "\r\n" + std::string(text) + "\r\n";
}

// Answers PING; `answer` says the rest. It ends when the client does, or when it answers nothing at all.
inline void serve_redis(fake_peer& peer, const std::function<std::string(const std::vector<std::string>&)>& answer) {
    for (;;) {
        const std::vector<std::string> command = read_command(peer);
        if (command.empty()) return;
        const std::string reply = command[0] == "PING" ? "+PONG\r\n" : answer(command);
        if (reply.empty() || !peer.send(reply)) return;
    }
}

}  // namespace nearside::testing
