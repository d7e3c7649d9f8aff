-- Each team owns its namespaces, "team/anything": only its members write there, and everybody reads.
-- The host puts the caller's teams, comma separated, into the context.

local s = require "schema"

local function is_member(request)
  local team = request.namespace and request.namespace:match("^([^/]+)/")
  local teams = "," .. (request.context.teams or "") .. ","
  return team ~= nil and teams:find("," .. team .. ",", 1, true) ~= nil
end

local writes = { put = true, update = true, remove = true, import = true }

return {
  description = "Teams own their namespaces.",
  namespace = s.template(s.string():pattern("%l[%l%d]*"), "/", s.string():pattern("[%w._%-]+")),
  name = s.string():max_length(128),
  metadata = s.record {
    purpose = s.string():min_length(3):max_length(200),
    contact = s.string():pattern("[^@%s]+@[^@%s]+"):optional(),
  },

  authorize = function(request)
    if not writes[request.operation] then return true end
    if request.actor == nil then return false, "an actor is needed to write" end
    if is_member(request) then return true end
    return false, request.actor .. " is not in the team that owns " .. request.namespace
  end,

  enrich = function(_, request) return { teams = request.context.teams } end,
}
