#include "loadtest/store/own_process.h"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <sys/wait.h>
#include <unistd.h>

namespace nearside::bench {

std::string in_own_process(const std::function<std::string()>& work) {
    std::fflush(stdout);
    std::array<int, 2> ends{};
    if (pipe(ends.data()) != 0) std::exit(2);
    const pid_t child = fork();
    if (child < 0) std::exit(2);
    if (child == 0) {
        close(ends[0]);
        const std::string told = work();
        const bool wrote = write(ends[1], told.data(), told.size()) == static_cast<ssize_t>(told.size());
        _exit(wrote ? 0 : 2);
    }
    close(ends[1]);
    std::string told;
    std::array<char, 256> piece{};
    for (ssize_t got = 0; (got = read(ends[0], piece.data(), piece.size())) > 0;)
        told.append(piece.data(), static_cast<std::size_t>(got));
    close(ends[0]);
    int status = 0;
    waitpid(child, &status, 0);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) std::exit(2);
    return told;
}

}  // namespace nearside::bench
