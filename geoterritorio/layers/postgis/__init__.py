"""Tables of a PostgreSQL database: layers in, results out in one transaction; the packages load when a table is asked for."""
