"""The whole chain from one TOML file."""
