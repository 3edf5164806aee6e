//! The kernel's view of a TCP socket on this host, its owner's side included: `NETLINK_SOCK_DIAG` (sock_diag(7)).
//!
//! A [`Query`] names a connection from one of its ends; [`Diag::socket`] turns it into what the socket at *that* end has received and
//! what its application has read of it. [`Diag::listening`] lists who listens on a port. No privilege is needed, and nothing is sent
//! to the target. Sockets of another network namespace or host do not exist here.
//! Invariant: a reply is matched to its request by number, so that an earlier failure cannot shift the answers.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::OnceLock;

/// A netlink socket. Opened once for each thread, it serves any number of connections and allocates nothing for a query.
#[derive(Debug)]
pub struct Diag {
    socket: netlink::Socket,
    sequence: u32,
    reply: Vec<u8>,
}

impl Diag {
    /// # Errors
    /// The system has no such socket, forbids it, or its kernel cannot describe TCP sockets through it.
    pub fn open() -> io::Result<Self> {
        let mut diag = Self {
            socket: netlink::Socket::open()?,
            sequence: 0,
            reply: vec![0; REPLY],
        };
        // Where the kernel has no inet_diag, a single query answers ENOENT as for a socket that does not exist; only a list tells.
        // It walks a large table, so it is asked for once.
        static DESCRIBES_TCP: OnceLock<Result<(), io::ErrorKind>> = OnceLock::new();
        let probed = DESCRIBES_TCP.get_or_init(|| match diag.listening(1) {
            Ok(_) => Ok(()),
            Err(error) => Err(error.kind()),
        });
        probed.map_err(io::Error::from)?;
        Ok(diag)
    }

    /// The socket at the end that the query names; `None`: there is none in this network namespace.
    ///
    /// # Errors
    /// The kernel did not answer, or not in a form that this version knows.
    pub fn socket(&mut self, query: &Query) -> io::Result<Option<PeerSocket>> {
        // Without such a connection the kernel answers with the socket that listens on the port.
        let found = self.ask(query)?;
        Ok(found.filter(|found| found.state != State::Listen))
    }

    /// The socket that a connection to the address would reach; `None`: nobody listens there.
    ///
    /// # Errors
    /// As [`Self::socket`].
    pub fn listener(&mut self, addr: SocketAddr) -> io::Result<Option<PeerSocket>> {
        let nobody = match canonical(addr) {
            SocketAddr::V4(_) => SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0)),
            SocketAddr::V6(_) => SocketAddr::from((Ipv6Addr::UNSPECIFIED, 0)),
        };
        let found = self.ask(&Query::new(addr, nobody))?;
        Ok(found.filter(|found| found.state == State::Listen))
    }

    fn ask(&mut self, query: &Query) -> io::Result<Option<PeerSocket>> {
        self.send(query.0)?;
        loop {
            let len = self.socket.recv(&mut self.reply)?;
            let message = Message::parse(&self.reply[..len]).ok_or_else(strange)?;
            if message.sequence != self.sequence {
                continue;
            }
            return match message.failure() {
                Some(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
                Some(error) => Err(error),
                None => PeerSocket::parse(message.body)
                    .map(Some)
                    .ok_or_else(strange),
            };
        }
    }

    /// Every socket of this network namespace that listens on the port, IPv4 before IPv6.
    ///
    /// # Errors
    /// The kernel did not answer, or not in a form that this version knows.
    pub fn listening(&mut self, port: u16) -> io::Result<Vec<Listener>> {
        let mut found = Vec::new();
        for family in [INET, INET6] {
            self.send(listeners(family, port))?;
            while !self.listeners_of_one_reply(port, &mut found)? {}
        }
        Ok(found)
    }

    /// Takes one part of a list; true at its end.
    fn listeners_of_one_reply(&mut self, port: u16, found: &mut Vec<Listener>) -> io::Result<bool> {
        let len = self.socket.recv(&mut self.reply)?;
        let mut rest = &self.reply[..len];
        while !rest.is_empty() {
            let message = Message::parse(rest).ok_or_else(strange)?;
            rest = rest.get(aligned(message.len)..).unwrap_or_default();
            if message.sequence != self.sequence {
                continue;
            }
            if message.kind == DONE {
                return Ok(true);
            }
            if let Some(error) = message.failure() {
                return Err(error);
            }
            found.extend(
                Listener::parse(message.body).filter(|listener| listener.addr.port() == port),
            );
        }
        Ok(false)
    }

    fn send(&mut self, mut request: [u8; REQUEST]) -> io::Result<()> {
        self.sequence = self.sequence.wrapping_add(1);
        request[8..12].copy_from_slice(&self.sequence.to_ne_bytes());
        self.socket.send(&request)
    }
}

/// A question about the socket at one end of one connection; made once, asked often.
#[derive(Clone, Copy, Debug)]
pub struct Query([u8; REQUEST]);

impl Query {
    /// Asks about the socket whose own address is `own` and whose peer is `other`, without its counters.
    #[must_use]
    pub fn new(own: SocketAddr, other: SocketAddr) -> Self {
        let (own, other) = (canonical(own), canonical(other));
        let family = if own.is_ipv4() { INET } else { INET6 };
        let mut request = request(family, NLM_F_REQUEST, u32::MAX);
        request[24..26].copy_from_slice(&own.port().to_be_bytes());
        request[26..28].copy_from_slice(&other.port().to_be_bytes());
        request[28..44].copy_from_slice(&octets(own.ip()));
        request[44..60].copy_from_slice(&octets(other.ip()));
        request[60..64].copy_from_slice(&interface(own, other).to_ne_bytes());
        Self(request)
    }

    /// The same with the counters. For them the kernel takes the socket's lock, so the answer comes only when no call of the
    /// application is working on the socket.
    #[must_use]
    pub fn with_counters(mut self) -> Self {
        self.0[18] = 1 << (INFO - 1);
        self
    }
}

/// What the kernel knows of a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PeerSocket {
    /// The state of its side of the connection.
    pub state: State,
    /// Bytes that its application has not read; a FIN counts as one until a read has met it.
    pub rqueue: u32,
    /// Bytes that its peer has not acknowledged.
    pub wqueue: u32,
    /// The user that owns it.
    pub uid: u32,
    /// The number of its file; 0: no application has it, because none has accepted it yet or because it was closed.
    pub inode: u32,
    /// What has passed, where it was asked for.
    pub counters: Option<Counters>,
}

impl PeerSocket {
    /// The application has closed it, and the kernel is only finishing the conversation.
    #[must_use]
    pub fn closed(&self) -> bool {
        use State::{CloseWait, Established, SynReceived};
        self.inode == 0 && !matches!(self.state, Established | CloseWait | SynReceived)
    }

    /// The application has not accepted the connection yet.
    #[must_use]
    pub fn unaccepted(&self) -> bool {
        self.inode == 0 && !self.closed()
    }

    fn parse(body: &[u8]) -> Option<Self> {
        Some(Self {
            state: State::of(*body.get(1)?),
            rqueue: u32_at(body, 56)?,
            wqueue: u32_at(body, 60)?,
            uid: u32_at(body, 64)?,
            inode: u32_at(body, 68)?,
            counters: attribute(body, INFO).and_then(Counters::parse),
        })
    }
}

/// The bytes that have passed through a socket (`struct tcp_info`; Linux 4.19 and later tell them all).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counters {
    /// Bytes received in order, so that the peer need not send them again. A SYN is not counted, a FIN is, as one.
    pub received: u64,
    /// Bytes sent at least once; neither SYN nor FIN is counted.
    pub sent: u64,
    /// Bytes that the application has written and that were not sent yet.
    pub unsent: u32,
}

impl Counters {
    fn parse(info: &[u8]) -> Option<Self> {
        let again = u64_at(info, 208)?;
        Some(Self {
            received: u64_at(info, 128)?,
            sent: u64_at(info, 200)?.saturating_sub(again),
            unsent: u32_at(info, 144)?,
        })
    }
}

/// The state of one side of a connection (RFC 9293 section 3.3.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Open both ways.
    Established,
    /// The peer has closed its half.
    CloseWait,
    /// The handshake is not complete.
    SynReceived,
    /// Nothing is connected: it listens.
    Listen,
    /// This side has closed its half, the peer has not.
    FinWait,
    /// Both sides have closed, or one has reset.
    Closed,
}

impl State {
    /// The state that the kernel's number stands for (`include/net/tcp_states.h`).
    fn of(number: u8) -> Self {
        match number {
            1 => Self::Established,
            8 => Self::CloseWait,
            2 | 3 | 12 => Self::SynReceived,
            10 => Self::Listen,
            4 | 5 => Self::FinWait,
            _ => Self::Closed,
        }
    }
}

/// A socket that listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listener {
    /// The address that it is bound to.
    pub addr: SocketAddr,
    /// An IPv6 socket that takes no IPv4 connections.
    pub v6_only: bool,
    /// The number of its file.
    pub inode: u32,
    /// The user that owns it.
    pub uid: u32,
}

impl Listener {
    /// A connection to the address would reach this socket.
    #[must_use]
    pub fn accepts(&self, to: SocketAddr) -> bool {
        let (own, to) = (canonical(self.addr), canonical(to));
        let every_v4 = own.ip() == IpAddr::V6(Ipv6Addr::UNSPECIFIED) && !self.v6_only;
        let same_family = own.is_ipv4() == to.is_ipv4();
        own.port() == to.port()
            && (own.ip() == to.ip() || own.ip().is_unspecified() && same_family || every_v4)
    }

    fn parse(body: &[u8]) -> Option<Self> {
        let socket = PeerSocket::parse(body).filter(|socket| socket.state == State::Listen)?;
        let port = u16::from_be_bytes(body.get(4..6)?.try_into().ok()?);
        let ip: [u8; 16] = body.get(8..24)?.try_into().ok()?;
        let ip = match body[0] {
            INET => IpAddr::V4(Ipv4Addr::new(ip[0], ip[1], ip[2], ip[3])),
            _ => IpAddr::V6(Ipv6Addr::from(ip)),
        };
        let v6_only = attribute(body, SKV6ONLY).is_some_and(|only| only.first() != Some(&0));
        Some(Self {
            addr: SocketAddr::new(ip, port),
            v6_only,
            inode: socket.inode,
            uid: socket.uid,
        })
    }
}

/// Bytes of a request: `struct nlmsghdr` and `struct inet_diag_req_v2`.
const REQUEST: usize = 72;
/// Room for one reply; the kernel fills no more than a page or, in a list, 32 KiB.
const REPLY: usize = 32 << 10;
const INET: u8 = 2;
const INET6: u8 = 10;
const TCP: u8 = 6;
const SOCK_DIAG_BY_FAMILY: u16 = 20;
const NLM_F_REQUEST: u16 = 1;
const NLM_F_DUMP: u16 = 0x300;
const ERROR: u16 = 2;
const DONE: u16 = 3;
/// `INET_DIAG_INFO`: the attribute that holds a `struct tcp_info`.
const INFO: u16 = 2;
/// `INET_DIAG_SKV6ONLY`.
const SKV6ONLY: u16 = 11;
/// The kernel's number of the state of a socket that listens.
const LISTEN: u32 = 10;

/// A request for sockets of the states, without a connection; the sequence number is still to be filled in.
fn request(family: u8, flags: u16, states: u32) -> [u8; REQUEST] {
    let mut bytes = [0; REQUEST];
    bytes[0..4].copy_from_slice(&(REQUEST as u32).to_ne_bytes());
    bytes[4..6].copy_from_slice(&SOCK_DIAG_BY_FAMILY.to_ne_bytes());
    bytes[6..8].copy_from_slice(&flags.to_ne_bytes());
    bytes[16] = family;
    bytes[17] = TCP;
    bytes[20..24].copy_from_slice(&states.to_ne_bytes());
    // No cookie: any incarnation of the socket.
    bytes[64..72].fill(0xff);
    bytes
}

/// A request for all sockets that listen on the port.
fn listeners(family: u8, port: u16) -> [u8; REQUEST] {
    let mut bytes = request(family, NLM_F_REQUEST | NLM_F_DUMP, 1 << LISTEN);
    bytes[24..26].copy_from_slice(&port.to_be_bytes());
    bytes
}

/// An IPv4 address in IPv6 form is IPv4 on the wire, and the kernel finds the sockets of both kinds by that.
fn canonical(addr: SocketAddr) -> SocketAddr {
    match addr.ip().to_canonical() {
        IpAddr::V4(ip) => SocketAddr::new(IpAddr::V4(ip), addr.port()),
        IpAddr::V6(_) => addr,
    }
}

/// The interface of a link-local connection, else 0.
fn interface(own: SocketAddr, other: SocketAddr) -> u32 {
    let scope = |addr| match addr {
        SocketAddr::V4(_) => 0,
        SocketAddr::V6(addr) => addr.scope_id(),
    };
    scope(own).max(scope(other))
}

fn octets(ip: IpAddr) -> [u8; 16] {
    match ip {
        IpAddr::V4(ip) => {
            let mut octets = [0; 16];
            octets[..4].copy_from_slice(&ip.octets());
            octets
        }
        IpAddr::V6(ip) => ip.octets(),
    }
}

/// One netlink message.
struct Message<'a> {
    len: usize,
    kind: u16,
    sequence: u32,
    body: &'a [u8],
}

impl<'a> Message<'a> {
    fn parse(bytes: &'a [u8]) -> Option<Self> {
        let len = u32_at(bytes, 0)? as usize;
        Some(Self {
            len,
            kind: u16_at(bytes, 4)?,
            sequence: u32_at(bytes, 8)?,
            body: bytes.get(16..len)?,
        })
    }

    /// The error that it reports.
    fn failure(&self) -> Option<io::Error> {
        let number = (self.kind == ERROR).then(|| u32_at(self.body, 0).unwrap_or_default())?;
        Some(io::Error::from_raw_os_error((number as i32).wrapping_neg()))
    }
}

/// The attribute of that type behind a `struct inet_diag_msg`.
fn attribute(body: &[u8], wanted: u16) -> Option<&[u8]> {
    let mut rest = body.get(72..)?;
    loop {
        let len = usize::from(u16_at(rest, 0)?);
        if u16_at(rest, 2)? == wanted {
            return rest.get(4..len);
        }
        rest = rest.get(aligned(len).max(4)..)?;
    }
}

fn aligned(len: usize) -> usize {
    len.next_multiple_of(4)
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_ne_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_ne_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_ne_bytes(bytes.get(at..at + 8)?.try_into().ok()?))
}

fn strange() -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidData,
        "the kernel's answer about a socket has an unknown form",
    )
}

#[cfg(target_os = "linux")]
mod netlink {
    use rustix::net::netlink::{self, SocketAddrNetlink};
    use rustix::net::{self, AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType};
    use std::io;
    use std::os::fd::OwnedFd;

    #[derive(Debug)]
    pub(super) struct Socket(OwnedFd);

    impl Socket {
        pub(super) fn open() -> io::Result<Self> {
            let protocol = Some(netlink::SOCK_DIAG);
            let socket = net::socket_with(
                AddressFamily::NETLINK,
                SocketType::RAW,
                SocketFlags::CLOEXEC,
                protocol,
            )?;
            net::connect(&socket, &SocketAddrNetlink::new(0, 0))?;
            Ok(Self(socket))
        }

        pub(super) fn send(&self, request: &[u8]) -> io::Result<()> {
            net::send(&self.0, request, SendFlags::empty())?;
            Ok(())
        }

        /// The kernel has answered before `send` returns, so an empty queue is an error and never a reason to wait.
        pub(super) fn recv(&self, reply: &mut [u8]) -> io::Result<usize> {
            Ok(net::recv(&self.0, reply, RecvFlags::DONTWAIT)?.0)
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod netlink {
    use std::io;

    /// Only Linux tells what the peer's socket has received.
    #[derive(Debug)]
    pub(super) enum Socket {}

    impl Socket {
        pub(super) fn open() -> io::Result<Self> {
            Err(io::ErrorKind::Unsupported.into())
        }

        pub(super) fn send(&self, _: &[u8]) -> io::Result<()> {
            match *self {}
        }

        pub(super) fn recv(&self, _: &mut [u8]) -> io::Result<usize> {
            match *self {}
        }
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use std::io::{Read, Write};
    use std::net::{Shutdown, TcpListener, TcpStream};

    /// A connection to a listener of that address, both its ends, and questions about the far one.
    fn connection(addr: &str, to: &str) -> (TcpListener, TcpStream, TcpStream, Query) {
        let listener = TcpListener::bind((addr, 0)).unwrap();
        let near = TcpStream::connect((to, listener.local_addr().unwrap().port())).unwrap();
        let far = listener.accept().unwrap().0;
        let query =
            Query::new(near.peer_addr().unwrap(), near.local_addr().unwrap()).with_counters();
        (listener, near, far, query)
    }

    fn ask(query: &Query) -> PeerSocket {
        Diag::open()
            .unwrap()
            .socket(query)
            .unwrap()
            .expect("the socket is in this namespace")
    }

    #[test]
    fn the_peers_queue_and_counters_are_seen_over_ipv4_ipv6_and_dual_stack() {
        for (addr, to) in [
            ("127.0.0.1", "127.0.0.1"),
            ("::1", "::1"),
            ("::", "127.0.0.1"),
            ("::", "::ffff:127.0.0.1"),
        ] {
            let (_listener, mut near, mut far, query) = connection(addr, to);
            near.write_all(b"0123456789").unwrap();
            let before = ask(&query);
            assert_eq!(
                (
                    before.rqueue,
                    before.counters.unwrap().received,
                    before.state
                ),
                (10, 10, State::Established),
                "{addr}"
            );
            far.read_exact(&mut [0; 4]).unwrap();
            assert_eq!(
                (ask(&query).rqueue, ask(&query).counters.unwrap().received),
                (6, 10),
                "{addr}"
            );
            // Asked from the accepted socket's own addresses, which are IPv6 where the listener is.
            let same = Query::new(far.local_addr().unwrap(), far.peer_addr().unwrap());
            assert_eq!(ask(&same).inode, before.inode, "{addr}");
            assert_ne!(before.inode, 0);
        }
    }

    #[test]
    fn a_fin_counts_as_one_byte_until_a_read_has_met_it() {
        let (_listener, mut near, mut far, query) = connection("127.0.0.1", "127.0.0.1");
        near.write_all(b"abc").unwrap();
        far.read_exact(&mut [0; 3]).unwrap();
        near.shutdown(Shutdown::Write).unwrap();
        let unread = ask(&query);
        assert_eq!(
            (
                unread.rqueue,
                unread.counters.unwrap().received,
                unread.state
            ),
            (1, 4, State::CloseWait)
        );
        assert_eq!(far.read(&mut [0; 3]).unwrap(), 0);
        assert_eq!(
            (ask(&query).rqueue, ask(&query).counters.unwrap().received),
            (0, 4)
        );
    }

    #[test]
    fn a_fin_that_waits_behind_bytes_is_taken_by_the_read_of_the_bytes() {
        let (_listener, mut near, mut far, query) = connection("127.0.0.1", "127.0.0.1");
        near.write_all(b"abc").unwrap();
        near.shutdown(Shutdown::Write).unwrap();
        assert_eq!(ask(&query).rqueue, 4);
        assert_eq!(far.read(&mut [0; 9]).unwrap(), 3);
        assert_eq!(ask(&query).rqueue, 0);
    }

    #[test]
    fn a_connection_that_is_over_is_not_mistaken_for_its_listener() {
        let (_listener, mut near, far, query) = connection("127.0.0.1", "127.0.0.1");
        near.write_all(b"unread").unwrap();
        drop(far);
        assert_eq!(Diag::open().unwrap().socket(&query).unwrap(), None);
    }

    #[test]
    fn not_accepted_and_closed_are_told_apart() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let near = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let query = Query::new(near.peer_addr().unwrap(), near.local_addr().unwrap());
        assert!(ask(&query).unaccepted());
        let far = listener.accept().unwrap().0;
        assert!(!ask(&query).unaccepted() && !ask(&query).closed());
        drop(far);
        assert!(ask(&query).closed());
    }

    #[test]
    fn what_was_written_is_counted_at_both_ends() {
        let (_listener, near, mut far, query) = connection("::1", "::1");
        far.write_all(&[7; 1000]).unwrap();
        let own = Query::new(near.local_addr().unwrap(), near.peer_addr().unwrap()).with_counters();
        assert_eq!(ask(&query).counters.unwrap().sent, 1000);
        assert_eq!(ask(&own).counters.unwrap().received, 1000);
    }

    #[test]
    fn who_listens_on_a_port_is_known_without_a_connection() {
        let mut diag = Diag::open().unwrap();
        for (bound, to) in [
            ("127.0.0.1:0", "127.0.0.1"),
            ("0.0.0.0:0", "127.0.0.1"),
            ("[::1]:0", "::1"),
            ("[::]:0", "127.0.0.1"),
        ] {
            let listener = TcpListener::bind(bound).unwrap();
            let addr = listener.local_addr().unwrap();
            let reached = SocketAddr::new(to.parse().unwrap(), addr.port());
            let found = diag.listening(addr.port()).unwrap();
            assert!(
                found
                    .iter()
                    .any(|one| one.addr == addr && one.accepts(reached)),
                "{bound}: {found:?}"
            );
            drop(listener);
            assert!(
                !diag
                    .listening(addr.port())
                    .unwrap()
                    .iter()
                    .any(|one| one.addr == addr),
                "{bound}"
            );
        }
        let loopback = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap();
        let other = SocketAddr::new("127.0.0.2".parse().unwrap(), loopback.port());
        assert!(
            !Listener {
                addr: loopback,
                v6_only: false,
                inode: 1,
                uid: 0
            }
            .accepts(other)
        );
    }
}
