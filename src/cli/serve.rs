//! `framecheck serve`: the reference target.

use std::net::{TcpListener, ToSocketAddrs};

use super::{Ended, Failure, Status, framing, print};
use crate::run::{faulty, serve};
use crate::suite::{Fault, Observer, fault};

/// Serves as the reference target, until it is ended.
#[derive(clap::Args)]
pub(super) struct Args {
    /// What is spoken
    #[arg(long, value_name = "TEXT")]
    framing: String,
    /// Where to listen; port 0 picks a free one, which is printed
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
    listen: String,
    /// What is done with frames: echo, report, or stdout (printed as `payload HEX`)
    #[arg(long, value_name = "OBSERVER", default_value = "echo", value_parser = observe)]
    observe: Observer,
    /// Serve with this defect, to see what a failure looks like; `list faults` prints them. With `none`: its program without it
    #[arg(long, value_name = "NAME", value_parser = flaw)]
    fault: Option<Flawed>,
}

fn observe(text: &str) -> Result<Observer, String> {
    match text.parse() {
        Ok(Observer::Invariance) | Err(_) => Err("a server can: echo, report, stdout".to_owned()),
        Ok(observer) => Ok(observer),
    }
}

/// What `--fault` asks for: a flaw, or the faulty servers' program without one.
#[derive(Clone, Copy, Debug)]
struct Flawed(Option<&'static Fault>);

fn flaw(name: &str) -> Result<Flawed, String> {
    match (name, fault(name)) {
        ("none", _) => Ok(Flawed(None)),
        (_, Some(fault)) => Ok(Flawed(Some(fault))),
        (_, None) => Err("no such fault; `framecheck list faults` prints them".to_owned()),
    }
}

/// Finds the payloads in what it prints.
pub(super) const PRINTED: &str = "^payload (?P<payload>[0-9a-f]*)$";

pub(super) fn serve(args: &Args) -> Ended {
    let framing = framing(&args.framing)?;
    if args.fault.is_some() && !faulty::implements(&framing) {
        return Err(unimplemented(args));
    }
    let addrs: Vec<_> = args
        .listen
        .to_socket_addrs()
        .map_err(|error| {
            Failure::usage(format!(
                "--listen {}: {error}; it is HOST:PORT, such as 127.0.0.1:7000 or [::1]:0",
                args.listen
            ))
        })?
        .collect();
    let wrong = |error| Failure {
        status: Status::Target,
        why: format!("--listen {}: {error}", args.listen),
    };
    let listener = TcpListener::bind(&addrs[..]).map_err(wrong)?;
    print(&format!(
        "listening on {}\n",
        listener.local_addr().map_err(wrong)?
    ))?;
    // A line that nobody reads is lost, and the connection goes on.
    let print_payload =
        |payload: &[u8]| drop(print(&format!("payload {}\n", hex::encode(payload))));
    let conversation = match args.fault {
        None => serve::reference(framing, args.observe, Box::new(print_payload)),
        Some(Flawed(fault)) => faulty::faulty(framing, args.observe, fault.map(|fault| fault.flaw)),
    };
    serve::serve(&listener, &conversation).map_err(wrong)?;
    Ok(Status::Conformant)
}

/// Why there is no faulty server for this framing, and for which there is one.
fn unimplemented(args: &Args) -> Failure {
    let right = match args.fault {
        Some(Flawed(Some(fault))) => {
            format!("{} shows under {}", fault.name, fault.framings.join(" or "))
        }
        _ => "`framecheck list faults` prints framings for which there is one".to_owned(),
    };
    Failure::usage(format!(
        "--fault: there is no faulty server for the framing {}; {right}",
        args.framing
    ))
}
