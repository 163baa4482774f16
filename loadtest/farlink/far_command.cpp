#include "loadtest/farlink/far_command.h"

#include "loadtest/farlink/tun_link.h"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

namespace nearside::farlink {

namespace {

constexpr int grace_ms = 3000;
constexpr int command_not_found = 127;

void replace_all(std::string& text, const std::string& what, const std::string& by) {
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size())) {
        text.replace(at, what.size(), by);
    }
}

[[noreturn]] void become(std::vector<std::string>& arguments, pid_t parent) {
    // However the parent ends, this ends with it.
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) std::_Exit(1);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    std::vector<char*> raw;
    for (auto& argument : arguments)
        raw.push_back(argument.data());
    raw.push_back(nullptr);
    ::execvp(raw[0], raw.data());
    std::fprintf(stderr, "farlink: cannot run %s: %s\n", raw[0], std::strerror(errno));
    std::_Exit(command_not_found);
}

}  // namespace

far_command::far_command(std::vector<std::string> arguments, const std::string& listen, const file* where) {
    for (auto& argument : arguments)
        replace_all(argument, "{listen}", listen);
    const pid_t parent = ::getpid();
    pid_ = checked(::fork(), "cannot fork");
    if (pid_ == 0) {
        if (where != nullptr) enter_namespace(*where);
        become(arguments, parent);
    }
    const auto descriptor = static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0));
    watch_ = file(checked(descriptor, "cannot watch the far command"));
}

far_command::~far_command() {
    if (reaped_) return;
    ::kill(pid_, SIGTERM);
    pollfd ended{watch_.get(), POLLIN, 0};
    if (::poll(&ended, 1, grace_ms) <= 0) ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
}

int far_command::exit_code() {
    int status = 0;
    checked(::waitpid(pid_, &status, 0), "cannot wait for the far command");
    reaped_ = true;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace nearside::farlink
