"""Values only: the words of the gate, frozen and without behaviour that needs the outside."""
