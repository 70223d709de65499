"""Rooms, their logs, and the sockets that carry them."""
