"""The commands of `./souk`, one module each; `native.cli` names them and imports them lazily."""
