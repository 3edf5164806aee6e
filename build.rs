//! Has the package built again when a file under `vectors/` appears or goes: the folder is embedded in the library, and the
//! compiler by itself only sees changes of the files that it knows.

fn main() {
    println!("cargo::rerun-if-changed=vectors");
}
