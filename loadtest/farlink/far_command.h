// The command that runs on the far side: started, told to stop, and never left behind. One owner, one thread.
#pragma once

#include "loadtest/farlink/file.h"

#include <string>
#include <sys/types.h>
#include <vector>

namespace nearside::farlink {

class far_command {
public:
    // Starts it in `where` (or here, when null). Every `{listen}` among its arguments becomes `listen`.
    far_command(std::vector<std::string> arguments, const std::string& listen, const file* where);
    // Ends it: SIGTERM, and SIGKILL where that does not help in time.
    ~far_command();
    far_command(const far_command&) = delete;
    far_command& operator=(const far_command&) = delete;

    // Readable once it has ended.
    int watch() const noexcept { return watch_.get(); }
    // After watch() is readable: its exit code, or 128 + the signal that ended it.
    int exit_code();

private:
    pid_t pid_ = -1;
    file watch_;
    bool reaped_ = false;
};

}  // namespace nearside::farlink
