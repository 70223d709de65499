"""What every service of Parley needs the same: a microservice chassis, and nothing more."""
