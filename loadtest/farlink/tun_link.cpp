#include "loadtest/farlink/tun_link.h"

#include <arpa/inet.h>
#include <cstring>
#include <fcntl.h>
#include <ifaddrs.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <netinet/in.h>
#include <random>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

namespace nearside::farlink {

namespace {

constexpr std::uint32_t benchmark_range = 0xc6120000;  // 198.18.0.0
constexpr std::uint32_t networks_in_range = 1u << 15;  // /15 split into /30
constexpr int transmit_queue = 10'000;                 // packets; the kernel's 500 drops bursts before they are read
constexpr int attempts = 50;

std::string text_of(std::uint32_t address) {
    const in_addr raw{htonl(address)};
    char text[INET_ADDRSTRLEN];
    return inet_ntop(AF_INET, &raw, text, sizeof text);
}

sockaddr as_sockaddr(std::uint32_t address) {
    sockaddr_in typed{};
    typed.sin_family = AF_INET;
    typed.sin_addr.s_addr = htonl(address);
    sockaddr plain{};
    std::memcpy(&plain, &typed, sizeof plain);
    return plain;
}

void bring_up(const file& control, ifreq request) {
    checked(::ioctl(control.get(), SIOCGIFFLAGS, &request), "cannot read an interface's flags");
    request.ifr_flags = static_cast<short>(request.ifr_flags | IFF_UP | IFF_RUNNING);
    checked(::ioctl(control.get(), SIOCSIFFLAGS, &request), "cannot bring an interface up");
}

// A TUN device in the namespace that this thread is in.
file make_device(std::uint32_t own, std::uint32_t peer) {
    file device(checked(::open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC), "cannot open /dev/net/tun"));
    ifreq request{};
    std::strncpy(request.ifr_name, "farlink%d", sizeof request.ifr_name - 1);
    request.ifr_flags = IFF_TUN | IFF_NO_PI;
    checked(::ioctl(device.get(), TUNSETIFF, &request), "cannot make a TUN device");

    const file control(checked(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "cannot open a socket"));
    ifreq address = request;
    address.ifr_addr = as_sockaddr(own);
    checked(::ioctl(control.get(), SIOCSIFADDR, &address), "cannot set an address");
    address.ifr_dstaddr = as_sockaddr(peer);
    checked(::ioctl(control.get(), SIOCSIFDSTADDR, &address), "cannot set a peer address");
    address.ifr_netmask = as_sockaddr(0xffffffff);
    checked(::ioctl(control.get(), SIOCSIFNETMASK, &address), "cannot set a netmask");
    ifreq queue = request;
    queue.ifr_qlen = transmit_queue;
    checked(::ioctl(control.get(), SIOCSIFTXQLEN, &queue), "cannot set a queue length");
    bring_up(control, request);
    return device;
}

void bring_loopback_up() {
    const file control(checked(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "cannot open a socket"));
    ifreq request{};
    std::strncpy(request.ifr_name, "lo", sizeof request.ifr_name - 1);
    bring_up(control, request);
}

bool in_use(std::uint32_t network) {
    ifaddrs* list = nullptr;
    checked(::getifaddrs(&list), "cannot list addresses");
    bool found = false;
    for (const ifaddrs* at = list; at != nullptr; at = at->ifa_next) {
        if (at->ifa_addr == nullptr || at->ifa_addr->sa_family != AF_INET) continue;
        sockaddr_in address{};
        std::memcpy(&address, at->ifa_addr, sizeof address);
        found = found || (ntohl(address.sin_addr.s_addr) & ~3u) == network;
    }
    ::freeifaddrs(list);
    return found;
}

}  // namespace

std::uint32_t choose_network(std::uint64_t noise) {
    std::mt19937_64 draw(noise);
    for (int attempt = 0; attempt < attempts; ++attempt) {
        const auto network = benchmark_range + 4 * static_cast<std::uint32_t>(draw() % networks_in_range);
        if (!in_use(network)) return network;
    }
    throw std::runtime_error("no free network in 198.18.0.0/15");
}

void enter_namespace(const file& which) {
    checked(::setns(which.get(), CLONE_NEWNET), "cannot enter a network namespace");
}

tun_link make_tun_link() {
    tun_link link;
    const char* here = "/proc/self/ns/net";
    link.near_namespace = file(checked(::open(here, O_RDONLY | O_CLOEXEC), "cannot open the network namespace"));
    const auto network = choose_network(std::random_device{}());
    const std::uint32_t near_address = network + 1, far_address = network + 2;
    link.near_address = text_of(near_address);
    link.far_address = text_of(far_address);

    checked(::unshare(CLONE_NEWNET), "cannot make a network namespace");
    try {
        link.far_namespace = file(checked(::open(here, O_RDONLY | O_CLOEXEC), "cannot open the network namespace"));
        bring_loopback_up();
        link.far_device = make_device(far_address, near_address);
    } catch (...) {
        enter_namespace(link.near_namespace);
        throw;
    }
    enter_namespace(link.near_namespace);
    link.near_device = make_device(near_address, far_address);
    return link;
}

}  // namespace nearside::farlink
