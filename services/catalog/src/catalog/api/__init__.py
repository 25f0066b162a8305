"""The HTTP face of the catalogue: routes, bodies, and the table of problems."""
