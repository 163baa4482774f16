// The least that an HTTP server can do, as the measure of what serving a cached answer must cost: one thread, epoll,
// kept connections, and the same bytes for whatever is asked. It only looks for the end of each request's header.
#include <CLI/CLI.hpp>

#include <arpa/inet.h>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string>
#include <string_view>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>

namespace {

constexpr std::string_view end_of_header = "\r\n\r\n";
constexpr std::size_t most_request_bytes = 64 * 1024;
constexpr int accept_queue = 1024;

int checked(int outcome, const char* what) {
    if (outcome < 0) throw std::system_error(errno, std::generic_category(), what);
    return outcome;
}

struct client {
    explicit client(int accepted) : descriptor(accepted) {}
    ~client() { ::close(descriptor); }
    client(const client&) = delete;
    client& operator=(const client&) = delete;

    int descriptor;
    bool waits_to_write = false;
    std::string received;
    std::uint64_t owed = 0;  // answers not yet begun
    std::size_t sent = 0;    // of the answer begun
};

class responder {
public:
    explicit responder(std::string answer) : answer_(std::move(answer)), epoll_(checked(::epoll_create1(0), "epoll")) {}
    ~responder() { ::close(epoll_); }
    responder(const responder&) = delete;
    responder& operator=(const responder&) = delete;

    void run(int listener);

private:
    void accept_from(int listener);
    bool serve(client& of);
    bool read_requests(client& of);
    bool write_answers(client& of);
    void watch(client& of, std::uint32_t events, int operation);

    std::string answer_;
    int epoll_;
};

void responder::watch(client& of, std::uint32_t events, int operation) {
    epoll_event event{};
    event.events = events;
    event.data.ptr = &of;
    checked(::epoll_ctl(epoll_, operation, of.descriptor, &event), "epoll_ctl");
}

void responder::accept_from(int listener) {
    for (;;) {
        const int accepted = ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (accepted < 0) return;
        const int on = 1;
        ::setsockopt(accepted, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        // Owned by the epoll's pointer until the connection ends.
        client* const one = std::make_unique<client>(accepted).release();
        watch(*one, EPOLLIN, EPOLL_CTL_ADD);
    }
}

bool responder::read_requests(client& of) {
    char bytes[16 * 1024];
    const auto size = ::recv(of.descriptor, bytes, sizeof bytes, 0);
    if (size < 0) return errno == EAGAIN;
    if (size == 0) return false;
    of.received.append(bytes, static_cast<std::size_t>(size));
    std::size_t start = 0;
    for (auto at = of.received.find(end_of_header); at != std::string::npos;
         at = of.received.find(end_of_header, start)) {
        start = at + end_of_header.size();
        ++of.owed;
    }
    of.received.erase(0, start);
    return of.received.size() <= most_request_bytes;
}

bool responder::write_answers(client& of) {
    while (of.owed > 0) {
        const auto size = ::send(of.descriptor, answer_.data() + of.sent, answer_.size() - of.sent, MSG_NOSIGNAL);
        if (size < 0) return errno == EAGAIN;
        of.sent += static_cast<std::size_t>(size);
        if (of.sent < answer_.size()) continue;
        of.sent = 0;
        --of.owed;
    }
    return true;
}

bool responder::serve(client& of) {
    if (!of.waits_to_write && !read_requests(of)) return false;
    if (!write_answers(of)) return false;
    const bool more = of.owed > 0;
    if (more != of.waits_to_write) {
        of.waits_to_write = more;
        watch(of, more ? EPOLLOUT : EPOLLIN, EPOLL_CTL_MOD);
    }
    return true;
}

void responder::run(int listener) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.ptr = nullptr;
    checked(::epoll_ctl(epoll_, EPOLL_CTL_ADD, listener, &event), "epoll_ctl");
    epoll_event ready[64];
    for (;;) {
        const int count = ::epoll_wait(epoll_, ready, 64, -1);
        for (int at = 0; at < count; ++at) {
            auto* of = static_cast<client*>(ready[at].data.ptr);
            if (of == nullptr) {
                accept_from(listener);
            } else if (!serve(*of)) {
                delete of;
            }
        }
    }
}

int listen_on(std::uint16_t port) {
    const int listener = checked(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), "socket");
    const int on = 1;
    ::setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    checked(::bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address), "bind");
    checked(::listen(listener, accept_queue), "listen");
    socklen_t size = sizeof address;
    checked(::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size), "getsockname");
    std::printf("bare responder listening on http://127.0.0.1:%d\n", ntohs(address.sin_port));
    std::fflush(stdout);
    return listener;
}

}  // namespace

int main(int argc, char** argv) try {
    std::size_t size = 1024;
    std::uint16_t port = 0;
    CLI::App app("bare_responder: the same answer to everything, at the least cost that a server can have.");
    app.add_option("--size", size, "bytes of body")->capture_default_str();
    app.add_option("--port", port, "on loopback; 0: the system chooses")->capture_default_str();
    CLI11_PARSE(app, argc, argv);
    std::string answer =
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(size) + "\r\n\r\n" +
        std::string(size, 'x');
    responder(std::move(answer)).run(listen_on(port));
    return 0;
} catch (const std::exception& failure) {
    std::fprintf(stderr, "bare_responder: %s\n", failure.what());
    return 1;
}
