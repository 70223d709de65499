"""Tests of the chat service, one file for each of its modules."""
