"""Tables of a PostgreSQL database: layers in, results out in one transaction; packages load when one is asked for."""
