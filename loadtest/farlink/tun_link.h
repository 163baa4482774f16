// Two TUN devices, one here and one in a network namespace of its own: the two ends of the distance. Both vanish with
// this process, however it ends: the devices are not persistent, and the namespace has no name. Linux, as root.
#pragma once

#include "loadtest/farlink/file.h"

#include <cstdint>
#include <string>

namespace nearside::farlink {

struct tun_link {
    file near_device, far_device;
    file near_namespace, far_namespace;
    std::string near_address, far_address;
};

// Leaves the calling thread (the only one) in the near namespace. Throws std::system_error where privileges lack.
tun_link make_tun_link();

// Moves the calling thread there.
void enter_namespace(const file& which);

// A /30 of 198.18.0.0/15 (RFC 2544: benchmarks) that no interface here uses; its first address.
std::uint32_t choose_network(std::uint64_t noise);

}  // namespace nearside::farlink
