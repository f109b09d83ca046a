"""The words of the data access marketplace: frozen values and pure functions on nothing but the standard library."""
