"""TOML to a frozen, checked hardware profile."""
