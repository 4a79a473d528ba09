"""The commands, one function each: typer reads their options and help from the signatures, and everything heavy loads inside."""
