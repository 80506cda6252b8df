//! The crates that cells see, loaded for rust-analyzer: sdap, the session's dependencies, and the standard library.

use ra_ap_base_db::{CrateGraphBuilder, SourceRoot};
use ra_ap_hir::ChangeWithProcMacros;
use ra_ap_ide_db::FxHashMap;
use ra_ap_paths::{AbsPath, AbsPathBuf};
use ra_ap_project_model::{CargoConfig, PackageRoot, ProjectManifest, ProjectWorkspace, RustLibSource};
use ra_ap_vfs::{FileId, VfsPath, file_set::FileSet};
use std::{fs, path::Path};

/// Everything to be analyzed, as one change to an empty database.
pub(super) struct Crates {
    pub(super) change: ChangeWithProcMacros,
    /// The file of the package that stands for the cell.
    pub(super) cell: FileId,
}

impl Crates {
    /// Reads a package, what it depends on, and the standard library where its sources are known.
    ///
    /// # Errors
    /// What cargo says, for instance that a dependency was never downloaded.
    pub(super) fn load(package: &Path, sysroot: &Path, std_sources: Option<&Path>) -> Result<Self, String> {
        let package = absolute(package)?;
        let manifest = ProjectManifest::from_manifest_file(package.join("Cargo.toml")).map_err(|error| error.to_string())?;
        let sources = std_sources.map(absolute).transpose()?;
        let sysroot = sources.is_some().then(|| absolute(sysroot).map(RustLibSource::Path)).transpose()?;
        let config = CargoConfig { sysroot, sysroot_src: sources, ..CargoConfig::default() };
        let workspace = ProjectWorkspace::load(manifest, &config, &|_| {}).map_err(|error| format!("{error:#}"))?;
        let mut files = Files::default();
        for root in workspace.to_roots() {
            files.read(&root, &package);
        }
        let graph = files.graph(&workspace);
        let cell = package.join("src/lib.rs");
        let cell = *files.numbers.get(&cell).ok_or_else(|| format!("{cell} was not read"))?;
        let mut change = files.change;
        change.set_roots(files.roots);
        change.set_crate_graph(graph);
        Ok(Self { change, cell })
    }
}

/// The files that were read, by number.
#[derive(Default)]
struct Files {
    numbers: FxHashMap<AbsPathBuf, FileId>,
    roots: Vec<SourceRoot>,
    change: ChangeWithProcMacros,
}

impl Files {
    /// All Rust files of a package, but not those that only its own tests need. What is not the cell's own is a library: its
    /// private parts are not offered.
    fn read(&mut self, root: &PackageRoot, own: &AbsPath) {
        let mut set = FileSet::default();
        for folder in &root.include {
            self.read_folder(folder, &root.exclude, &mut set);
        }
        let is_own = root.include.iter().any(|folder| folder == own);
        self.roots.push(if is_own { SourceRoot::new_local(set) } else { SourceRoot::new_library(set) });
    }

    fn read_folder(&mut self, folder: &AbsPath, excluded: &[AbsPathBuf], set: &mut FileSet) {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        for path in entries.filter_map(|entry| absolute(&entry.path()).ok()) {
            if excluded.contains(&path) || self.numbers.contains_key(&path) {
                continue;
            }
            if path.extension() == Some("rs") {
                let Ok(text) = fs::read_to_string(&path) else { continue };
                let number = FileId::from_raw(u32::try_from(self.numbers.len()).unwrap_or(u32::MAX));
                set.insert(number, VfsPath::from(path.clone()));
                self.change.change_file(number, Some(text));
                self.numbers.insert(path, number);
            } else if fs::metadata(&path).is_ok_and(|found| found.is_dir()) {
                self.read_folder(&path, excluded, set);
            }
        }
    }

    fn graph(&self, workspace: &ProjectWorkspace) -> CrateGraphBuilder {
        let mut number_of = |path: &AbsPath| self.numbers.get(path).copied();
        workspace.to_crate_graph(&mut number_of, &FxHashMap::default()).0
    }
}

fn absolute(path: &Path) -> Result<AbsPathBuf, String> {
    let text = path.to_str().ok_or_else(|| format!("{} is no UTF-8 text", path.display()))?;
    AbsPathBuf::try_from(text).map_err(|_| format!("{} is not absolute", path.display()))
}
