-- The health of an object of the mesh, by the rules of kstatus: Healthy means that every proxy concerned enforces the
-- generation that was applied. The controller's schema starts observedGeneration at -1, so a new object is not healthy.
local function verdict(status, message) return { status = status, message = message or "" } end

if obj.metadata.deletionTimestamp ~= nil then return verdict("Progressing", "is being deleted") end

local status = obj.status
if status == nil or status.observedGeneration == nil or status.observedGeneration ~= obj.metadata.generation then
  return verdict("Progressing", "the controller has not seen this generation yet")
end

local conditions = {}
for _, condition in ipairs(status.conditions or {}) do conditions[condition.type] = condition end

local function holds(type) return conditions[type] ~= nil and conditions[type].status == "True" end

if holds("Reconciling") then return verdict("Progressing", conditions.Reconciling.message) end
if holds("Stalled") then return verdict("Degraded", conditions.Stalled.message) end
if holds("Ready") then return verdict("Healthy", conditions.Ready.message) end
if conditions.Ready ~= nil then return verdict("Progressing", conditions.Ready.message) end
return verdict("Progressing", "the controller says nothing of it yet")
