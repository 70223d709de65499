"""What every implementation of a port promises, run against each of them."""
