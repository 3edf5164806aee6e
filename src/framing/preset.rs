//! The names of framings that real protocols have, each with its text and its source.
//!
//! A preset is only a name for a text; what it cannot say of its protocol stands in its note.

use super::Framing;

/// A name for a framing.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Preset {
    /// What the text form writes in place of the pattern.
    pub name: &'static str,
    /// What it stands for.
    pub text: &'static str,
    /// The document that says so, with its section.
    pub source: &'static str,
    /// What to know about it: what one frame is, and what the text leaves out.
    pub note: &'static str,
}

impl Preset {
    /// The preset of that name.
    pub(super) fn named(name: &str) -> Option<&'static Self> {
        PRESETS.iter().find(|preset| preset.name == name)
    }

    /// What the name stands for, without the name.
    ///
    /// # Panics
    /// Never: a test parses every text of the table.
    #[must_use]
    pub fn framing(&self) -> Framing {
        self.text.parse().expect("a test parses every preset")
    }
}

/// Every preset, by pattern and then by age.
#[must_use]
pub fn presets() -> &'static [Preset] {
    PRESETS
}

macro_rules! table {
    ($($name:literal = $text:literal, $source:literal, $note:literal;)+) => {
        const PRESETS: &[Preset] = &[$(Preset { name: $name, text: $text, source: $source, note: $note },)+];
    };
}

table! {
    "lines" = r"delimited:\n,strip=\r,tail=frame",
        "POSIX.1-2024 XBD section 3.185 (Line); Go bufio.ScanLines",
        "LF or CRLF ends a line; the last line may lack it.";
    "crlf" = r"delimited:\r\n",
        "RFC 5321 section 2.3.8",
        "CRLF only: a CR or LF alone is data.";
    "nul" = r"delimited:\0",
        "GNU findutils manual, section 3.3.1.1 (-print0)",
        "Records ended by NUL.";
    "telnet-lines" = r"delimited:\r\n|\n|\r",
        "Python language reference, section 2.1.2 (universal newlines)",
        "CRLF, LF or CR alone ends a line.";
    "smtp-data" = r"delimited:\r\n.\r\n,max=none",
        "RFC 5321 section 4.1.1.4",
        "A mail text up to CRLF . CRLF; dot-stuffing is left to the layer above.";
    "irc" = r"delimited:\r\n|\n,max=8191,empty=skip",
        "RFC 1459 section 2.3; IRCv3 message-tags, section Size limit",
        "8191 bytes with tags; empty messages are silently ignored.";
    "ndjson" = r"delimited:\n,strip=\r,charset=utf-8",
        "NDJSON specification 1.0, section 3.1",
        "One JSON text a line, in UTF-8.";
    "netstring" = r"prefixed:decimal,end=:,trailer=\,",
        "D. J. Bernstein, Netstrings, 1997-02-01",
        "Leading zeros are prohibited there.";
    "dns" = r"prefixed:u16be,max=65535",
        "RFC 1035 section 4.2.2; RFC 7766 section 8",
        "The length does not count itself.";
    "kafka" = r"prefixed:u32be,max=100MiB",
        "Apache Kafka protocol guide, section Protocol Primitive Types; socket.request.max.bytes",
        "A signed size: the upper half of its range is over any limit.";
    "erlang-packet-1" = r"prefixed:u8",
        "Erlang/OTP inet:setopts/2, option {packet, 1}",
        "One byte of length.";
    "erlang-packet-2" = r"prefixed:u16be",
        "Erlang/OTP inet:setopts/2, option {packet, 2}",
        "Two bytes of length, big-endian.";
    "erlang-packet-4" = r"prefixed:u32be,max=128MiB",
        "Erlang/OTP inet:setopts/2, option {packet, 4}",
        "Four bytes of length, big-endian.";
    "protobuf" = r"prefixed:varint,max=2147483647",
        "Protocol Buffers, Techniques: Streaming Multiple Messages; Java writeDelimitedTo",
        "A message of at most 2 GiB - 1 after its varint length.";
    "modbus-tcp" = r"prefixed:u16be,offset=4,max=254,empty=reject",
        "MODBUS Messaging on TCP/IP Implementation Guide V1.0b, section 3.1.3",
        "Transaction and protocol identifiers, a length, then unit identifier and PDU.";
    "postgres" = r"prefixed:u32be,offset=1,adjust=-4,max=1073741819",
        "PostgreSQL documentation, section 55.2.1 (Messages: Format)",
        "A type byte, then a length that counts itself; the very first message has no type byte.";
    "mqtt" = r"prefixed:varint,canonical=require,offset=1,max=268435455",
        "MQTT 5.0 section 1.5.5 and 2.1.4",
        "Type and flags, then the remaining length of 1 to 4 bytes.";
    "grpc" = r"prefixed:u32be,offset=1,max=4MiB",
        "gRPC over HTTP/2, section Length-Prefixed-Message",
        "A compressed-flag, then the length.";
    "http2" = r"prefixed:u24be,adjust=+6,max=16390",
        "RFC 9113 section 4.1 and 4.2",
        "The payload begins with type, flags and stream identifier (6 bytes not counted); 16384 bytes unless negotiated.";
    "tls" = r"prefixed:u16be,offset=3,max=16640",
        "RFC 8446 section 5.1 and 5.2",
        "Content type and version, then the length: 2^14 + 256 at the most.";
    "amqp" = r"prefixed:u32be,offset=3,trailer=\xce,max=131064",
        "AMQP 0-9-1 section 2.3.5; a frame-max of 131072 counts 8 bytes around the payload",
        "Type and channel, size, payload, frame-end; the protocol header before the first frame is left out.";
    "bgp" = r"prefixed:u16be,header=\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff,adjust=-18,max=4078,empty=reject",
        "RFC 4271 section 4.1",
        "The marker of ones, a length that counts the whole message, then type and body: 4096 bytes at the most.";
    "9p" = r"prefixed:u32le,adjust=-4,max=8MiB,empty=reject",
        "Plan 9 intro(5)",
        "A little-endian size that counts itself.";
    "mongodb" = r"prefixed:u32le,adjust=-4,max=48000000,empty=reject",
        "MongoDB wire protocol, section Standard Message Header",
        "A little-endian length that counts itself.";
    "mysql" = r"prefixed:u24le,adjust=+1,max=16MiB",
        "MySQL internals, section 14.1.2 (MySQL Packets)",
        "The payload begins with the sequence number, which the length does not count.";
    "resp-bulk" = r"prefixed:decimal,end=\r\n,header=$,trailer=\r\n,max=512MiB",
        "Redis serialization protocol specification, section Bulk strings",
        "Bulk strings only; the null of length -1 is left out.";
    "syslog-octet" = r"prefixed:decimal,end= ,empty=reject",
        "RFC 6587 section 3.4.1",
        "MSG-LEN begins with a digit that is not 0.";
    "lsp" = r"prefixed:field,name=Content-Length,max=none",
        "Language Server Protocol 3.17, section Base Protocol",
        "A header block with Content-Length, then the content.";
    "tpkt" = r"prefixed:u16be,header=\x03\0,adjust=-4,max=65531,empty=reject",
        "RFC 1006 section 6",
        "Version 3, reserved 0, a length that counts these 4 bytes.";
    "git-pkt" = r"blocks:hex,width=4,adjust=-4,max=65516",
        "gitprotocol-common(5), section pkt-line Format",
        "Packets up to a flush packet 0000; the packets 0001 and 0002 of protocol version 2 are left out.";
    "http-chunked" = r"blocks:hex,end=\r\n,zeros=accept,trailer=\r\n,extensions=http",
        "RFC 9112 section 7.1",
        "Chunks with extensions, the last chunk, trailer fields.";
}
