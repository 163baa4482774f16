-- A screen of a chain of artifacts: each link is known once the one before has come.
local cjson = require "cjson"

local compose = {}

function compose.lineage(depth, id, files)
    local links = {}
    for level = 1, depth do
        local answer = ngx.location.capture("/api/artifacts/" .. id .. "/", {args = {files = files}})
        if answer.status ~= 200 then
            ngx.status = 502
            return ngx.say(cjson.encode({status = answer.status, level = level}))
        end
        local artifact = cjson.decode(answer.body)
        links["a" .. level] = {id = artifact.id, name = artifact.name, files = artifact.files}
        id = artifact.derived_from
    end
    ngx.print(cjson.encode(links))
end

return compose
