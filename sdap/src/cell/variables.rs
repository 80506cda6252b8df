//! Where the variables of a session are between its cells.
//!
//! evcxr puts such a store into every cell. The kernel has cells use this one instead, which is compiled already: it has the
//! same functions, and the same layout in memory, so that a cell with evcxr's own may have filled it.

use std::{
    any::{Any, TypeId},
    collections::{HashMap, hash_map::Entry},
    sync::Arc,
};

/// What evcxr looks for at the beginning of a line: a variable, whose name follows, is of another type by now.
pub const VARIABLE_CHANGED_TYPE: &str = "EVCXR_VARIABLE_CHANGED_TYPE:";

/// The line by which evcxr knows that a `?` has ended a cell.
pub const USER_ERROR_OCCURRED: &str = "EVCXR_ERROR_OCCURRED";

/// The values by name.
#[derive(Default)]
pub struct VariableStore {
    variables: HashMap<String, Box<dyn Any>>,
}

/// An empty store, which lives as long as the process.
pub fn create_variable_store() -> *mut VariableStore {
    Box::into_raw(Box::default())
}

impl VariableStore {
    /// Keeps a value, in place of any of that name.
    pub fn put_variable<T: 'static>(&mut self, name: &str, value: T) {
        self.put(name, Box::new(value));
    }

    /// Whether the variable has this type, or there is none; tells evcxr if it has another.
    pub fn check_variable<T: 'static>(&mut self, name: &str) -> bool {
        self.check(name, TypeId::of::<T>())
    }

    /// Takes a value out.
    ///
    /// # Panics
    /// If there is none, or it has another type. [`Self::check_variable`] was called before.
    pub fn take_variable<T: 'static>(&mut self, name: &str) -> T {
        let Ok(value) = self.take(name).downcast() else { has_changed(name) };
        *value
    }

    /// What all cells share under that name, which the first of them makes.
    ///
    /// # Panics
    /// If it has another type.
    pub fn lazy_arc<T: 'static, F: FnOnce() -> T>(&mut self, name: &str, create: F) -> Arc<T> {
        let shared = self.variables.entry(name.to_owned()).or_insert_with(|| Box::new(Arc::new(create())));
        let Some(shared) = shared.downcast_ref::<Arc<T>>() else { has_changed(name) };
        Arc::clone(shared)
    }

    fn put(&mut self, name: &str, value: Box<dyn Any>) {
        match self.variables.entry(name.to_owned()) {
            Entry::Occupied(mut old) => drop(old.insert(value)),
            Entry::Vacant(place) => drop(place.insert(value)),
        }
    }

    fn check(&self, name: &str, expected: TypeId) -> bool {
        let same = self.variables.get(name).is_none_or(|value| (**value).type_id() == expected);
        if !same {
            eprintln!("The type of the variable {name} was redefined, so was lost.");
            println!("{VARIABLE_CHANGED_TYPE}{name}");
        }
        same
    }

    fn take(&mut self, name: &str) -> Box<dyn Any> {
        self.variables.remove(name).unwrap_or_else(|| panic!("Variable '{name}' has gone missing"))
    }
}

fn has_changed(name: &str) -> ! {
    panic!("Variable '{name}' changed type")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_kept_until_it_is_taken_or_another_takes_its_place() {
        let mut store = VariableStore::default();
        store.put_variable("a", vec![1]);
        store.put_variable("b", 2.5);
        store.put_variable("a", String::from("new"));
        assert!(store.check_variable::<String>("a") && store.check_variable::<f64>("b") && store.check_variable::<u8>("none"));
        assert!(!store.check_variable::<Vec<i32>>("a"));
        assert_eq!((store.take_variable::<String>("a").as_str(), store.take_variable::<f64>("b")), ("new", 2.5));
    }

    #[test]
    #[should_panic(expected = "Variable 'a' has gone missing")]
    fn what_was_taken_is_gone() {
        let mut store = VariableStore::default();
        store.put_variable("a", 1);
        store.take_variable::<i32>("a");
        store.take_variable::<i32>("a");
    }

    #[test]
    #[should_panic(expected = "Variable 'a' changed type")]
    fn a_value_is_not_taken_for_one_of_another_type() {
        let mut store = VariableStore::default();
        store.put_variable("a", 1_i32);
        store.take_variable::<u32>("a");
    }

    #[test]
    fn what_is_shared_is_made_once() {
        let mut store = VariableStore::default();
        let first = store.lazy_arc("shared", || 1);
        assert!(Arc::ptr_eq(&first, &store.lazy_arc("shared", || 2)) && *first == 1);
    }
}
