-- Echoes what LuaSocket's receive returns, one connection after the other: lua5.4 server.lua PORT
local socket = require("socket")

local function line(client)
    local line = client:receive("*l")
    return line and line .. "\r\n"
end

local function record(client)
    return client:receive(16)
end

local function packet(client)
    local header = client:receive(4)
    local length = header and string.unpack(">I4", header)
    if not length or length > 65536 then return nil end
    local body = client:receive(length)
    return body and header .. body
end

local readers = {
    ["delimited:\\n,strip=\\r,max=none"] = line,
    ["fixed:16"] = record,
    ["prefixed:u32be,max=64KiB"] = packet,
}
local read = readers[os.getenv("FRAMECHECK_FRAMING") or "fixed:16"] or os.exit(89)

local server = assert(socket.bind("127.0.0.1", arg[1], 128))
while true do
    local client = server:accept()
    if client then
        client:setoption("tcp-nodelay", true)
        for reply in read, client do
            if not client:send(reply) then break end
        end
        client:close()
    end
end
