"""What Docker Compose runs beside the services: secrets, database users, the gateway's files, backups."""
