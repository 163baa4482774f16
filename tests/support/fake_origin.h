// An upstream that follows a script: one function that is called for each connection it accepts, on a thread of that
// connection, and says byte by byte what is read and written and when the connection ends.
// Waits are bounded by `patience`, so that a test that goes wrong fails instead of hanging.
#pragma once

#include "tests/support/test_certificates.h"

#include <openssl/ssl.h>

#include <arpa/inet.h>
#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <functional>
#include <list>
#include <mutex>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

namespace nearside::testing {

class fake_peer {
public:
    static constexpr int patience_seconds = 20;

    fake_peer(int descriptor, int number, SSL_CTX* tls) : number(number), descriptor_(descriptor) {
        timeval patience{patience_seconds, 0};
        ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        const int on = 1;
        ::setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        if (tls == nullptr) return;
        ssl_ = SSL_new(tls);
        SSL_set_fd(ssl_, descriptor_);
        handshaken_ = SSL_accept(ssl_) == 1;
    }
    ~fake_peer() {
        if (ssl_ != nullptr) SSL_free(ssl_);
        const std::lock_guard lock(closing_);
        if (descriptor_ >= 0) ::close(descriptor_);
    }
    fake_peer(const fake_peer&) = delete;
    fake_peer& operator=(const fake_peer&) = delete;

    const int number;  // of the connection, from 0

    // A request's head with its empty line; empty when the client closed, or patience ran out.
    std::string read_head() {
        while (pending_.find("\r\n\r\n") == std::string::npos) {
            if (!fill()) return {};
        }
        const std::size_t end = pending_.find("\r\n\r\n") + 4;
        std::string head = pending_.substr(0, end);
        pending_.erase(0, end);
        return head;
    }
    std::string read_bytes(std::size_t count) {
        while (pending_.size() < count && fill()) {
        }
        std::string bytes = pending_.substr(0, count);
        pending_.erase(0, bytes.size());
        return bytes;
    }
    // True when the client ended the connection; bytes before that are thrown away.
    bool sees_the_end() {
        while (fill())
            pending_.clear();
        return ended_;
    }
    bool send(std::string_view bytes) {
        while (!bytes.empty()) {
            const auto sent = ssl_ != nullptr
                                  ? SSL_write(ssl_, bytes.data(), static_cast<int>(bytes.size()))
                                  : static_cast<int>(::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL));
            if (sent <= 0) return false;
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        }
        return true;
    }
    void answer(std::string_view content, std::string_view more_fields = {}) {
        send("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(content.size()) + "\r\n" +
             std::string(more_fields) + "\r\n" + std::string(content));
    }
    // Nothing of what the script sent gets lost, but the client sees a reset.
    void reset() {
        linger none{1, 0};
        ::setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &none, sizeof none);
        close();
    }
    void close() {
        const std::lock_guard lock(closing_);
        if (descriptor_ >= 0) ::close(descriptor_);
        descriptor_ = -1;
    }
    bool handshaken() const { return handshaken_; }
    bool resumed() const { return ssl_ != nullptr && SSL_session_reused(ssl_) == 1; }
    // From the origin's end: whatever the script waits for is over.
    void wake() {
        const std::lock_guard lock(closing_);
        if (descriptor_ >= 0) ::shutdown(descriptor_, SHUT_RDWR);
    }

private:
    bool fill() {
        char room[16384];
        const int count = ssl_ != nullptr ? SSL_read(ssl_, room, sizeof room)
                                          : static_cast<int>(::recv(descriptor_, room, sizeof room, 0));
        if (count <= 0) {
            ended_ = ssl_ != nullptr || count == 0 || errno == ECONNRESET;
            return false;
        }
        pending_.append(room, static_cast<std::size_t>(count));
        return true;
    }

    std::mutex closing_;
    int descriptor_;
    SSL* ssl_ = nullptr;
    bool handshaken_ = false;
    bool ended_ = false;
    std::string pending_;
};

class fake_origin {
public:
    using script = std::function<void(fake_peer&)>;

    explicit fake_origin(script play, const test_certificates* certificates = nullptr) : play_(std::move(play)) {
        std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes without MSG_NOSIGNAL
        if (certificates != nullptr) {
            tls_ = SSL_CTX_new(TLS_server_method());
            SSL_CTX_use_certificate_file(tls_, certificates->certificate_file().c_str(), SSL_FILETYPE_PEM);
            SSL_CTX_use_PrivateKey_file(tls_, certificates->key_file().c_str(), SSL_FILETYPE_PEM);
        }
        listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listener_, 1024) != 0) {
            throw std::runtime_error("fake_origin cannot listen");
        }
        ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
        port_ = ntohs(address.sin_port);
        accepting_ = std::thread([this] { accept_all(); });
    }
    ~fake_origin() {
        ::shutdown(listener_, SHUT_RDWR);
        accepting_.join();
        ::close(listener_);
        {
            const std::lock_guard lock(mutex_);
            ending_ = true;
            for (fake_peer* each : live_)
                each->wake();
        }
        changed_.notify_all();
        for (std::thread& each : threads_)
            each.join();
        if (tls_ != nullptr) SSL_CTX_free(tls_);
    }
    fake_origin(const fake_origin&) = delete;
    fake_origin& operator=(const fake_origin&) = delete;

    std::uint16_t port() const { return port_; }
    int connections() const { return accepted_; }

    // For scripts: holds on until release(), or until the test ends.
    void hold() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return released_ || ending_; });
    }
    void release() {
        {
            const std::lock_guard lock(mutex_);
            released_ = true;
        }
        changed_.notify_all();
    }

private:
    void accept_all() {
        for (;;) {
            const int descriptor = ::accept(listener_, nullptr, nullptr);
            if (descriptor < 0) return;
            const int number = accepted_++;
            threads_.emplace_back([this, descriptor, number] {
                fake_peer peer(descriptor, number, tls_);
                std::list<fake_peer*>::iterator place;
                {
                    const std::lock_guard lock(mutex_);
                    place = live_.insert(live_.end(), &peer);
                    if (ending_) peer.wake();
                }
                play_(peer);
                const std::lock_guard lock(mutex_);
                live_.erase(place);
            });
        }
    }

    script play_;
    SSL_CTX* tls_ = nullptr;
    int listener_ = -1;
    std::uint16_t port_ = 0;
    std::atomic<int> accepted_{0};
    std::mutex mutex_;
    std::condition_variable changed_;
    bool released_ = false;
    bool ending_ = false;
    std::list<fake_peer*> live_;
    std::list<std::thread> threads_;
    std::thread accepting_;
};

}  // namespace nearside::testing
