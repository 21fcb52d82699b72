"""Pure knowledge shared by the rooms."""
