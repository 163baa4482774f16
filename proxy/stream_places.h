// How many streams there may be, in all and of one client; long polls count as streams.
// Owned by the hub; each place is held by its stream. Any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace nearside::proxy {

class stream_places : public std::enable_shared_from_this<stream_places> {
public:
    // Given back when it is destroyed.
    class place {
    public:
        place() = default;
        place(std::shared_ptr<stream_places> of, std::string client) : of_(std::move(of)), client_(std::move(client)) {}
        place(place&& other) noexcept = default;
        place& operator=(place&& other) noexcept;
        ~place() { give_back(); }

    private:
        void give_back() noexcept;
        std::shared_ptr<stream_places> of_;
        std::string client_;
    };
    enum class refusal { none, all_taken, client_has_too_many };
    struct granted {
        refusal refused = refusal::none;
        place taken{};
    };

    granted take(std::string_view client, std::uint32_t most, std::uint32_t most_of_client);
    std::size_t count() const;

private:
    struct hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>{}(text); }
    };
    void give_back(const std::string& client) noexcept;

    mutable std::mutex mutex_;
    std::size_t taken_ = 0;
    std::unordered_map<std::string, std::uint32_t, hash, std::equal_to<>> by_client_;
};

}  // namespace nearside::proxy
