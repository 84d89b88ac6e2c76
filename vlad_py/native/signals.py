"""How the following of a path of the program ends before its value is there."""


class Fails(Exception):
    """The program is in error here, or runs on without end: whoever reaches this place leaves the unit."""


class Unfinished(Exception):
    """What a recursive call gives is not known yet: the other branch of a choice has to decide."""


class Restart(Exception):
    """A function has turned out to be recursive: all is begun anew, knowing that."""
