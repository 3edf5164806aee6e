//! The program: hands over to the guard of a target where it was started as one.

use std::process::ExitCode;

fn main() -> ExitCode {
    framecheck::run::guard::dispatch(std::env::args_os()).unwrap_or(ExitCode::SUCCESS)
}
