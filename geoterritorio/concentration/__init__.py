"""How much of what is where? One table: territories by sectors."""
