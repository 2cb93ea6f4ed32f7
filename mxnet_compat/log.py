"""Loggers with one-letter levels, in colour."""
import logging
import warnings

__all__ = ["CRITICAL", "DEBUG", "ERROR", "INFO", "NOTSET", "WARNING", "getLogger", "get_logger"]

CRITICAL, ERROR, WARNING, INFO, DEBUG, NOTSET = 50, 40, 30, 20, 10, 0
_LETTERS = {CRITICAL: "C", ERROR: "E", WARNING: "W", INFO: "I", DEBUG: "D"}


class _Formatter(logging.Formatter):
    """Level letter, date, process and place in the level's colour, then the message."""

    def __init__(self, colored=True):
        super().__init__(datefmt="%m%d %H:%M:%S")
        self.colored = colored

    @staticmethod
    def _color(level):
        if level >= WARNING:
            return "\x1b[31m"
        return "\x1b[32m" if level >= INFO else "\x1b[34m"

    def format(self, record):
        """The line of a record."""
        head = f"{_LETTERS.get(record.levelno, 'U')}%(asctime)s %(process)d %(pathname)s:%(funcName)s:%(lineno)d]"
        if self.colored:
            head = f"{self._color(record.levelno)}{head}\x1b[0m"
        self._style._fmt = head + " %(message)s"
        return super().format(record)


def getLogger(name=None, filename=None, filemode=None, level=WARNING):
    """Deprecated: ``get_logger``."""
    warnings.warn("getLogger is deprecated, use get_logger", DeprecationWarning, stacklevel=2)
    return get_logger(name, filename, filemode, level)


def get_logger(name=None, filename=None, filemode=None, level=WARNING):
    """The logger of that name; at the first call it gets a handler: a file (plain messages) or coloured standard error.

    Without a name it is the root logger, as it is.
    """
    logger = logging.getLogger(name)
    if name is not None and not getattr(logger, "_init_done", None):
        logger._init_done = True
        if filename:
            handler = logging.FileHandler(filename, filemode or "a")
        else:
            handler = logging.StreamHandler()
            handler.setFormatter(_Formatter())
        logger.addHandler(handler)
        logger.setLevel(level)
    return logger
