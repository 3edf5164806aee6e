# Echoes what IO#gets returns: ruby server.rb PORT
require "socket"

# The separator and, where there is one, the limit, which counts the separator.
SEPARATOR, LIMIT = {
  "delimited:\\r\\n|\\n,tail=frame,max=none" => ["\n"],
  "delimited:\\r\\n,tail=frame,max=none" => ["\r\n"],
  "delimited:\\0,tail=frame,max=none" => ["\0"],
  "delimited:aab,tail=frame,max=none" => ["aab"],
  "delimited:\\n,max=64KiB" => ["\n", 64 * 1024 + 1],
}.fetch(ENV.fetch("FRAMECHECK_FRAMING", "delimited:\\r\\n,tail=frame,max=none")) { exit 89 }

# chomp takes "\r\n" off as well, so that a line which still ends in "\r" is sent with "\r\n" behind it.
ENDING = SEPARATOR == "\n" && !LIMIT ? "\r\n" : SEPARATOR

def record(client)
  return client.gets(SEPARATOR, chomp: true) unless LIMIT
  line = client.gets(SEPARATOR, LIMIT)
  # Without its separator it is the last line, or too long.
  line.delete_suffix(SEPARATOR) if line&.end_with?(SEPARATOR)
end

def echo(client)
  client.setsockopt(Socket::IPPROTO_TCP, Socket::TCP_NODELAY, 1)
  while line = record(client)
    client.write(line, ENDING)
  end
rescue SystemCallError
  # The client has reset the connection.
ensure
  client.close
end

server = TCPServer.new("127.0.0.1", ARGV[0])
loop { Thread.new(server.accept) { |client| echo(client) } }
