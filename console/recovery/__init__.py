"""Where the capsule is on the Earth, who goes there, and the map they are drawn on."""
