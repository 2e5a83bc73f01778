"""What operators write: the configuration file and the rules file, judged with every fault told at once."""
