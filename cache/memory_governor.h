// How much the store may hold so that the process, with all that the allocator can't give back and all that others use,
// stays within the limit. Told what is resident now and then, it answers with a bound on what the store counts.
// Memory that eviction frees is found again by what is stored next, but is seldom returned to the system: so it is
// growth of resident memory that tightens the bound, and not its height, which eviction couldn't lower.
// Pure. One owner, who guards it.
#pragma once

#include <cstdint>

namespace nearside::cache {

class memory_governor {
public:
    explicit memory_governor(std::uint64_t limit) noexcept : limit_(limit), allowed_(limit) {}

    // What the store may hold, by its own count. Never less than a quarter of the limit, whatever others take.
    std::uint64_t allowed() const noexcept { return allowed_; }

    // `resident`: of the process. `held`: by the store's count. `put`: counted bytes put since the sample before.
    // True when it is time to have the allocator return what it keeps free, and then to sample again.
    bool sample(std::uint64_t resident, std::uint64_t held, std::uint64_t put) noexcept;

private:
    const std::uint64_t limit_;
    std::uint64_t allowed_;
    std::uint64_t highest_ = 0;     // resident, since it was last returned
    std::uint64_t since_trim_ = 0;  // bytes put
};

}  // namespace nearside::cache
