"""Twisted's receivers: each string or line is sent back.  python3 server.py PORT"""
import os, sys

from twisted.internet import endpoints, interfaces, protocol, reactor
from twisted.protocols import basic
from zope.interface import implementer


@implementer(interfaces.IHalfCloseableProtocol)
class Echo:
    def connectionMade(self):
        self.transport.setTcpNoDelay(True)

    # Without these two a connection is dropped with its unsent replies when the client shuts down its side.
    def readConnectionLost(self):
        self.transport.loseConnection()

    def writeConnectionLost(self):
        pass


class EchoStrings(Echo):
    def stringReceived(self, string):
        self.sendString(string)


class EchoLines(Echo):
    def lineReceived(self, line):
        self.sendLine(line)


class Int8(EchoStrings, basic.Int8StringReceiver):
    pass


class Int16(EchoStrings, basic.Int16StringReceiver):
    pass


class Int32(EchoStrings, basic.Int32StringReceiver):
    pass


class Netstring(EchoStrings, basic.NetstringReceiver):
    pass


class Line(EchoLines, basic.LineReceiver):
    pass


class LineOnly(EchoLines, basic.LineOnlyReceiver):
    pass


FRAMINGS = {
    "prefixed:u8,max=255": Int8,
    "prefixed:u16be,max=65535": Int16,
    "prefixed:u32be,max=99999": Int32,
    r"prefixed:decimal,end=:,trailer=\,,max=99999": Netstring,
    r"delimited:\r\n,max=16KiB": LineOnly if os.environ.get("LINE_ONLY") else Line,
}
receiver = FRAMINGS.get(os.environ.get("FRAMECHECK_FRAMING_EXPANDED")) or sys.exit(89)
listener = endpoints.TCP4ServerEndpoint(reactor, int(sys.argv[1]), interface="127.0.0.1")
listener.listen(protocol.Factory.forProtocol(receiver))
reactor.run()
