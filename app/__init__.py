"""The desktop shell: one window on the server, and what the server may ask of this computer."""
