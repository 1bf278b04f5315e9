"""What the gate needs of its devices, as Protocols, and what they may raise."""
