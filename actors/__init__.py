"""The rooms of the floor and the vocabulary they share."""
