"""Statements about every operator, each over the registry and the rows of sample inputs."""
