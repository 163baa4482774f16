// A client that sends exactly the bytes it is told to, over a blocking socket, and reads answers strictly.
// Waits are bounded by `patience`, so that a test that goes wrong fails instead of hanging. One thread.
#pragma once

#include <arpa/inet.h>
#include <charconv>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace nearside::testing {

struct raw_answer {
    int status = 0;
    std::string head;     // status line and fields, without the empty line
    std::string content;  // chunks taken off
    bool complete = false;

    // A field's value; empty when there is none. `name` as the server writes it.
    std::string field(std::string_view name) const {
        const std::size_t at = head.find("\r\n" + std::string(name) + ": ");
        if (at == std::string::npos) return {};
        const std::size_t start = at + name.size() + 4;
        return head.substr(start, head.find("\r\n", start) - start);
    }
};

class raw_client {
public:
    static constexpr int patience_seconds = 20;
    enum class ending { clean, reset, none };

    explicit raw_client(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
        const timeval patience{patience_seconds, 0};
        const int yes = 1;
        ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        ::setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
        ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        if (::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
            throw std::runtime_error("raw_client cannot connect");
        }
    }
    ~raw_client() { ::close(socket_); }
    raw_client(const raw_client&) = delete;
    raw_client& operator=(const raw_client&) = delete;

    int socket() const { return socket_; }

    // False when the server no longer takes bytes.
    bool send(std::string_view bytes) {
        while (!bytes.empty()) {
            const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (sent <= 0) return false;
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        }
        return true;
    }
    void send_byte_by_byte(std::string_view bytes) {
        for (const char& each : bytes)
            send({&each, 1});
    }
    void send_no_more() { ::shutdown(socket_, SHUT_WR); }

    // The next answer, an interim one too. `to_head`: nothing follows its head.
    raw_answer read(bool to_head = false) {
        raw_answer answer;
        if (!wait_for("\r\n\r\n")) return answer;
        const std::size_t end = pending_.find("\r\n\r\n");
        answer.head = pending_.substr(0, end);
        pending_.erase(0, end + 4);
        answer.status = std::stoi(answer.head.substr(answer.head.find(' ') + 1));
        const bool empty = to_head || answer.status < 200 || answer.status == 204 || answer.status == 304;
        if (empty) {
            answer.complete = true;
        } else if (answer.field("Transfer-Encoding") == "chunked") {
            read_chunks(answer);
        } else if (const std::string length = answer.field("Content-Length"); !length.empty()) {
            answer.content = take(std::stoul(length));
            answer.complete = answer.content.size() == std::stoul(length);
        } else {
            answer.complete = read_to_end() == ending::clean;
            answer.content = std::exchange(pending_, {});
        }
        return answer;
    }

    // How the connection ends, whatever comes before; none when it doesn't.
    ending read_to_end() {
        while (fill()) {
        }
        return ended_;
    }
    // What was read and not yet taken.
    const std::string& pending() const { return pending_; }

private:
    bool fill() {
        char room[65536];
        const auto count = ::recv(socket_, room, sizeof room, 0);
        if (count > 0) {
            pending_.append(room, static_cast<std::size_t>(count));
            return true;
        }
        if (count == 0) ended_ = ending::clean;
        if (count < 0 && errno == ECONNRESET) ended_ = ending::reset;
        return false;
    }
    bool wait_for(std::string_view what) {
        while (pending_.find(what) == std::string::npos) {
            if (!fill()) return false;
        }
        return true;
    }
    std::string take(std::size_t count) {
        while (pending_.size() < count && fill()) {
        }
        std::string taken = pending_.substr(0, count);
        pending_.erase(0, taken.size());
        return taken;
    }
    void read_chunks(raw_answer& answer) {
        for (;;) {
            if (!wait_for("\r\n")) return;
            const std::size_t end = pending_.find("\r\n");
            std::size_t size = 0;
            std::from_chars(pending_.data(), pending_.data() + end, size, 16);
            pending_.erase(0, end + 2);
            answer.content += take(size);
            if (take(2) != "\r\n") return;
            if (size != 0) continue;
            answer.complete = true;
            return;
        }
    }

    int socket_;
    std::string pending_;
    ending ended_ = ending::none;
};

}  // namespace nearside::testing
