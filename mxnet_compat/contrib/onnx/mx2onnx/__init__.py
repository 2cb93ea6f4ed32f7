"""Where ``export_model`` was until MXNet 1.8."""
from .export_model import export_model

__all__ = ["export_model"]
