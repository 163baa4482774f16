#include "loadtest/farapi/control.h"

#include "loadtest/farapi/api_replies.h"
#include "loadtest/farapi/fault_json.h"
#include "loadtest/farapi/json_text.h"

namespace nearside::farapi {

reply control::answer(const request& asked) {
    const auto path = asked.head.path();
    const bool removes = asked.head.method == "DELETE";
    if (path == "/_control/faults") return faults(asked);
    if (path == "/_control/clock" && asked.head.method == "POST") return advance(asked);
    if (path == "/_control/counts") {
        auto told = json_reply(200, counts_.to_json());
        if (removes) counts_.reset();
        return told;
    }
    if (path == "/_control/state" && removes) {
        data_.forget_writes();
        return json_reply(200, "{}");
    }
    return not_found_reply();
}

reply control::faults(const request& asked) {
    if (asked.head.method == "DELETE") faults_.clear();
    if (asked.head.method == "POST") {
        auto added = parse_faults(asked.body);
        if (!added) return json_reply(400, detail_document(added.error().detail));
        for (auto& one : *added)
            faults_.add(std::move(one));
    }
    return json_reply(200, faults_document(faults_.all()));
}

reply control::advance(const request& asked) {
    reply refusal;
    const auto seconds = read_id(asked.body, "seconds", refusal);
    if (!seconds) return refusal;
    time_.advance(std::chrono::seconds(*seconds));
    std::string document = R"({"now":)";
    append_time(document, time_.now());
    return json_reply(200, document + "}");
}

}  // namespace nearside::farapi
