// A redis-server on loopback, in a folder of its own: ended with this, and with the test's process.
// One test owns it.
#pragma once

#include <arpa/inet.h>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <netinet/in.h>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

namespace nearside::testing {

inline std::uint16_t free_port() {
    const int descriptor = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    const bool bound = ::bind(descriptor, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
                       ::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size) == 0;
    ::close(descriptor);
    if (!bound) throw std::runtime_error("no free port");
    return ntohs(address.sin_port);
}

class real_redis {
public:
    using words = std::vector<std::string>;
    static constexpr std::chrono::seconds patience{20};

    // `arguments` of redis-server, beside its port and folder.
    explicit real_redis(words arguments = {}) : port_(free_port()), arguments_(std::move(arguments)) {
        std::string pattern = (std::filesystem::temp_directory_path() / "nearside-redis-XXXXXX").string();
        folder_ = mkdtemp(pattern.data());
        start();
    }
    ~real_redis() {
        kill();
        std::filesystem::remove_all(folder_);
    }
    real_redis(const real_redis&) = delete;
    real_redis& operator=(const real_redis&) = delete;

    std::uint16_t port() const { return port_; }
    std::string socket_path() const { return folder_ + "/redis.sock"; }

    void start() {
        words line{"redis-server"};
        line.insert(line.end(), front_.begin(), front_.end());
        const words usual{
            "--port", std::to_string(port_), "--bind",         "127.0.0.1",    "--dir",      folder_, "--save",
            "",       "--logfile",           folder_ + "/log", "--unixsocket", socket_path()};
        line.insert(line.end(), usual.begin(), usual.end());
        line.insert(line.end(), arguments_.begin(), arguments_.end());
        launch(std::move(line));
        wait_until([this] { return std::filesystem::exists(socket_path()); }, "redis-server starts");
    }
    void kill() {
        if (process_ <= 0) return;
        ::kill(process_, SIGKILL);
        ::waitpid(process_, nullptr, 0);
        process_ = -1;
        std::filesystem::remove(socket_path());
    }
    void pause() const { ::kill(process_, SIGSTOP); }
    void go_on() const { ::kill(process_, SIGCONT); }

    // What redis-cli prints.
    std::string cli(const std::string& command) const {
        FILE* pipe = ::popen(("redis-cli -s " + socket_path() + " " + command + " 2>&1").c_str(), "r");
        std::string printed;
        char room[4096];
        while (const std::size_t count = std::fread(room, 1, sizeof room, pipe))
            printed.append(room, count);
        ::pclose(pipe);
        while (printed.ends_with('\n'))
            printed.pop_back();
        return printed;
    }

    template <class Condition>
    static void wait_until(Condition holds, std::string_view what) {
        const auto due = std::chrono::steady_clock::now() + patience;
        while (!holds()) {
            if (std::chrono::steady_clock::now() > due)
                throw std::runtime_error("it never came true: " + std::string(what));
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        }
    }

protected:
    // A Sentinel rewrites its file, which comes first on its command line.
    real_redis(const std::string& file_name, const std::string& file, words arguments)
        : port_(free_port()), arguments_(std::move(arguments)) {
        std::string pattern = (std::filesystem::temp_directory_path() / "nearside-redis-XXXXXX").string();
        folder_ = mkdtemp(pattern.data());
        FILE* written = std::fopen((folder_ + "/" + file_name).c_str(), "w");
        std::fwrite(file.data(), 1, file.size(), written);
        std::fclose(written);
        front_ = {folder_ + "/" + file_name};
        start();
    }

private:
    void launch(words line) {
        std::vector<char*> raw;
        for (std::string& each : line)
            raw.push_back(each.data());
        raw.push_back(nullptr);
        process_ = ::fork();
        if (process_ != 0) return;
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        const int nowhere = ::open("/dev/null", O_RDWR);
        ::dup2(nowhere, STDOUT_FILENO);
        ::dup2(nowhere, STDERR_FILENO);
        ::execvp(raw[0], raw.data());
        ::_exit(127);
    }

    std::uint16_t port_;
    words front_;
    words arguments_;
    std::string folder_;
    pid_t process_ = -1;
};

class real_sentinel : public real_redis {
public:
    real_sentinel(const std::string& name, std::uint16_t primary_port)
        : real_redis("sentinel.conf",
                     "sentinel monitor " + name + " 127.0.0.1 " + std::to_string(primary_port) +
                         " 1\nsentinel down-after-milliseconds " + name + " 500\nsentinel failover-timeout " + name +
                         " 3000\n",
                     {"--sentinel"}) {}
};

}  // namespace nearside::testing
