//! The sources of the sdap crate are part of this one: it is built anew when they change.

fn main() {
    println!("cargo::rerun-if-changed=../../sdap/src");
    println!("cargo::rerun-if-changed=../../sdap/Cargo.toml");
}
