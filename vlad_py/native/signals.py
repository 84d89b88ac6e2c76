"""How the following of a path of the program, or a call of native code, ends before its value is there."""


class Fails(Exception):
    """The program is in error here, or runs on without end: whoever reaches this place leaves the unit."""


class Unfinished(Exception):
    """What a recursive call gives is not known yet: the other branch of a choice has to decide."""


class Restart(Exception):
    """A function has turned out to be recursive: all is begun anew, knowing that."""


class Left(Exception):
    """The unit was left before its end: it has to be run again, interpreted."""


class Invalid(Exception):
    """A derivative that is not there was taken as 0 and met an infinity: the interpreter decides."""
