// Who is to be woken when something changes: readers that live on different io threads, each woken on its own. Waking
// costs a posted job for many readers, not for each; a thread with thousands of them does other things in between.
// Owned by what changes; shared with each membership. Any thread, but for what a reader does on its own.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/intrusive/list.hpp>

#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace nearside::proxy {

class stream_reader {
public:
    // On its thread. May join and leave, and end the reader.
    virtual void on_change() noexcept = 0;
    // on_change() comes after so many others': asks for the memory that it will take, at 2 for what the reader points
    // to, at 1 for what that points to. Where there are thousands, each would wait for it.
    virtual void fetch_ahead(unsigned others) const noexcept { static_cast<void>(others); }

protected:
    ~stream_reader() = default;
};

class stream_readers {
    using hook = boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;
    struct group;

public:
    // Ends when it is destroyed, on the reader's thread; before the reader.
    class membership : public hook {  // in one of its group's lists
    public:
        membership(std::shared_ptr<group> of, stream_reader& who);
        ~membership();
        membership(const membership&) = delete;
        membership& operator=(const membership&) = delete;

    private:
        friend class stream_readers;
        const std::shared_ptr<group> of_;
        stream_reader& who_;
    };

    // `home`: the reader's thread, on which this is called.
    std::unique_ptr<membership> join(const boost::asio::any_io_executor& home, stream_reader& who);
    void wake();
    std::size_t count() const;

private:
    struct group {
        using members = boost::intrusive::list<membership, boost::intrusive::constant_time_size<false>>;
        explicit group(boost::asio::any_io_executor of) : home(std::move(of)) {}
        const boost::asio::any_io_executor home;
        std::atomic<std::size_t> count{0};
        std::atomic<bool> waking{false};
        // Its thread's: who knows, and who is still to be told.
        members readers;
        members untold;
        bool telling = false;
    };
    static void tell_some(std::shared_ptr<group> of);
    static void fetch_ahead(const group::members& untold) noexcept;

    mutable std::mutex mutex_;
    std::vector<std::shared_ptr<group>> groups_;  // one a thread
};

}  // namespace nearside::proxy
