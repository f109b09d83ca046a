"""The words of the data access marketplace: plain frozen values and pure functions, nothing but the standard library."""
