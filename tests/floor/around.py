"""A room around another: what a test puts between a floor and one of its rooms."""


class Around:
    """Passes everything on; an heir changes the step."""

    def __init__(self, name, room):
        self.name, self.room = name, room

    @property
    def state(self):
        return self.room.state

    def next_due(self):
        return self.room.next_due()

    def step(self, message, now):
        return self.room.step(message, now)
