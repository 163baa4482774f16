#include "loadtest/farlink/shuttle.h"

#include "loadtest/farlink/line.h"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <sys/epoll.h>
#include <sys/timerfd.h>

namespace nearside::farlink {

namespace {

constexpr std::size_t largest_packet = 65'536;
constexpr int packets_a_turn = 256;  // before the other direction and the clock are looked at again

line::time monotonic_now() {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    return std::chrono::seconds(now.tv_sec) + nanoseconds(now.tv_nsec);
}

// The kernel also speaks IPv6 on a new interface (router solicitations); nobody listens to it over there.
bool is_ipv4(const char* packet, std::size_t size) {
    return size > 0 && (packet[0] & 0xf0) == 0x40;
}

void take_packets(const file& from, line& into, std::string& scratch) {
    for (int taken = 0; taken < packets_a_turn; ++taken) {
        const auto size = ::read(from.get(), scratch.data(), scratch.size());
        if (size <= 0) return;
        const auto length = static_cast<std::size_t>(size);
        if (is_ipv4(scratch.data(), length)) into.enter(std::string(scratch.data(), length), monotonic_now());
    }
}

void deliver(line& from, const file& into) {
    while (const auto packet = from.arrive(monotonic_now())) {
        // A device that takes no more drops the packet, as a real one does.
        [[maybe_unused]] const auto written = ::write(into.get(), packet->data(), packet->size());
    }
}

void arm(const file& timer, const line& one, const line& other) {
    const auto first = one.next_arrival(), second = other.next_arrival();
    itimerspec when{};
    if (first || second) {
        const auto next =
            std::max(std::min(first.value_or(nanoseconds::max()), second.value_or(nanoseconds::max())), nanoseconds(1));
        when.it_value.tv_sec = next.count() / 1'000'000'000;
        when.it_value.tv_nsec = next.count() % 1'000'000'000;
    }
    checked(::timerfd_settime(timer.get(), TFD_TIMER_ABSTIME, &when, nullptr), "cannot set a timer");
}

void watch(const file& epoll, int descriptor) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = descriptor;
    checked(::epoll_ctl(epoll.get(), EPOLL_CTL_ADD, descriptor, &event), "cannot watch a descriptor");
}

void tell_losses(const line& there, const line& back) {
    if (there.lost() + back.lost() + there.refused() + back.refused() == 0) return;
    fmt::print(stderr, "farlink: packets lost {} there, {} back; refused by a full queue {} there, {} back\n",
               there.lost(), back.lost(), there.refused(), back.refused());
}

}  // namespace

bool shuttle(const tun_link& link, const link_settings& settings, int command, int signals) {
    line there(settings, 0), back(settings, 1);
    const file epoll(checked(::epoll_create1(EPOLL_CLOEXEC), "cannot make an epoll"));
    const file timer(checked(::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC), "cannot make a timer"));
    for (int descriptor : {link.near_device.get(), link.far_device.get(), timer.get(), signals, command}) {
        if (descriptor >= 0) watch(epoll, descriptor);
    }
    std::string scratch(largest_packet, '\0');
    for (;;) {
        epoll_event events[8];
        const int ready = ::epoll_wait(epoll.get(), events, 8, -1);
        if (ready < 0 && errno != EINTR) checked(ready, "cannot wait");
        for (int at = 0; at < ready; ++at) {
            const int descriptor = events[at].data.fd;
            if (descriptor == signals || descriptor == command) {
                tell_losses(there, back);
                return descriptor == command;
            }
        }
        std::uint64_t expirations = 0;
        [[maybe_unused]] const auto read = ::read(timer.get(), &expirations, sizeof expirations);
        take_packets(link.near_device, there, scratch);
        take_packets(link.far_device, back, scratch);
        deliver(there, link.far_device);
        deliver(back, link.near_device);
        arm(timer, there, back);
    }
}

}  // namespace nearside::farlink
