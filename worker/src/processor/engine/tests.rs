//! The engine as a whole, on small pictures made in code.
