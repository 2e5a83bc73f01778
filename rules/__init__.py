"""What a read means for a return: pure rules, no clock, no I/O, standard library only."""
