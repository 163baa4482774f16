// Many clients of one stream of server-sent events, on one thread: connects them, then tells of each round of events
// when the last client had it. Says on standard output, one line each, times by the monotonic clock:
//
//     connected N                 all have the head of their response, and the first event unless --silent-start
//     round K NANOSECONDS BYTES   each client has got K events since then; the time at which the last byte of the
//                                 last one came, and what all have read by then
#include <CLI/CLI.hpp>

#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <netinet/in.h>
#include <string>
#include <string_view>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>
#include <vector>

namespace {

// Of a line that begins an event's data, wherever the pieces of a chunked body are cut. It ends with the next line feed
// that isn't of the framing of these pieces (CR LF): the data here hold neither.
constexpr std::string_view mark = "\ndata:";
constexpr int at_once = 200;  // connections that are being made

int checked(int outcome, const char* what) {
    if (outcome < 0) throw std::system_error(errno, std::generic_category(), what);
    return outcome;
}

struct listening {
    int descriptor = -1;
    std::size_t matched = 0;  // of the mark
    bool in_data = false;
    char last = 0;  // byte of the data
    std::uint64_t events = 0;
    bool answered = false;
};

struct options {
    std::uint16_t port = 0;
    std::string target;
    std::size_t count = 1;
    std::uint64_t rounds = 1;
    bool silent_start = false;
};

class crowd {
public:
    explicit crowd(options of) : options_(std::move(of)), epoll_(checked(::epoll_create1(0), "epoll")) {
        all_.resize(options_.count);
        request_ = "GET " + options_.target + " HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\n\r\n";
    }

    void run() {
        while (round_ < options_.rounds) {
            while (connected_ < options_.count && connected_ < here_ + at_once)
                connect(all_[connected_++]);
            std::array<epoll_event, 512> ready{};
            const int count = checked(::epoll_wait(epoll_, ready.data(), ready.size(), -1), "epoll_wait");
            for (int at = 0; at < count; ++at)
                read(*static_cast<listening*>(ready.at(static_cast<std::size_t>(at)).data.ptr));
        }
    }

private:
    void connect(listening& one) {
        one.descriptor = checked(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
        sockaddr_in where{};
        where.sin_family = AF_INET;
        where.sin_port = htons(options_.port);
        where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        checked(::connect(one.descriptor, reinterpret_cast<const sockaddr*>(&where), sizeof where), "connect");
        checked(static_cast<int>(::send(one.descriptor, request_.data(), request_.size(), MSG_NOSIGNAL)), "send");
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.ptr = &one;
        checked(::epoll_ctl(epoll_, EPOLL_CTL_ADD, one.descriptor, &event), "epoll_ctl");
    }

    void read(listening& one) {
        const ssize_t got = ::recv(one.descriptor, buffer_.data(), buffer_.size(), MSG_DONTWAIT);
        if (got < 0 && errno == EAGAIN) return;
        if (got <= 0) throw std::runtime_error("a stream has ended");
        bytes_ += static_cast<std::uint64_t>(got);
        std::string_view left(buffer_.data(), static_cast<std::size_t>(got));
        while (!left.empty())
            left.remove_prefix(one.in_data ? read_data(one, left) : find_data(one, left));
        if (!one.answered && options_.silent_start) is_here(one);
    }

    // How much of it was looked at.
    static std::size_t find_data(listening& one, std::string_view bytes) {
        for (std::size_t at = 0; at < bytes.size(); ++at) {
            if (bytes[at] == mark[one.matched]) {
                ++one.matched;
            } else {
                one.matched = bytes[at] == mark[0] ? 1 : 0;
            }
            if (one.matched < mark.size()) continue;
            one.matched = 0;
            one.in_data = true;
            return at + 1;
        }
        return bytes.size();
    }

    std::size_t read_data(listening& one, std::string_view bytes) {
        const std::size_t end = bytes.find('\n');
        const char before = end == 0 ? one.last : bytes[(end == std::string_view::npos ? bytes.size() : end) - 1];
        if (end == std::string_view::npos) {
            one.last = before;
            return bytes.size();
        }
        one.last = '\n';
        if (before == '\r') return end + 1;
        one.in_data = false;
        one.matched = 1;
        ++one.events;
        has_event(one);
        return end + 1;
    }

    void has_event(listening& one) {
        if (!one.answered) return is_here(one);
        if (one.events != round_ + 1) return;
        if (++have_it_ < options_.count) return;
        ++round_;
        have_it_ = 0;
        const auto now = std::chrono::steady_clock::now().time_since_epoch();
        std::printf("round %llu %lld %llu\n", static_cast<unsigned long long>(round_),
                    static_cast<long long>(std::chrono::nanoseconds(now).count()),
                    static_cast<unsigned long long>(bytes_));
        std::fflush(stdout);
    }

    void is_here(listening& one) {
        one.answered = true;
        one.events = 0;
        if (++here_ < options_.count) return;
        std::printf("connected %zu\n", here_);
        std::fflush(stdout);
    }

    const options options_;
    const int epoll_;
    std::string request_;
    std::vector<listening> all_;
    std::array<char, 65536> buffer_{};
    std::size_t connected_ = 0, here_ = 0;
    std::uint64_t round_ = 0;
    std::size_t have_it_ = 0;
    std::uint64_t bytes_ = 0;  // read by all
};

}  // namespace

int main(int argc, char** argv) {
    options given;
    CLI::App app{"Many clients of one stream"};
    app.add_option("--port", given.port)->required();
    app.add_option("--target", given.target)->required();
    app.add_option("--count", given.count)->required();
    app.add_option("--rounds", given.rounds)->required();
    app.add_flag("--silent-start", given.silent_start, "no event comes by itself");
    CLI11_PARSE(app, argc, argv);
    try {
        crowd(std::move(given)).run();
    } catch (const std::exception& failure) {
        std::fprintf(stderr, "stream listeners: %s\n", failure.what());
        return 1;
    }
    return 0;
}
