"""How many functions the building blocks compute: exact counts, recognition of many functions at once, estimates and bounds."""
