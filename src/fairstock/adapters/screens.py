"""The models that look at pictures, each made at its first use; ``bootstrap.App`` has them as its own."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fairstock.adapters.slime_faces import SlimeFaces
    from fairstock.moderation.pictures import PictureScreen
    from fairstock.screening.rights.looks import Looks


class Screens:
    """Part of ``bootstrap.App``: what needs no settings, no database and no store."""

    @cached_property
    def picture_screen(self) -> PictureScreen:
        """Looks at pictures that buyers send and that the model makes."""
        from fairstock.adapters.open_nsfw import OpenNsfw

        return OpenNsfw()

    @cached_property
    def faces(self) -> SlimeFaces:
        """Finds faces in photographs."""
        from fairstock.adapters.slime_faces import SlimeFaces

        return SlimeFaces()

    @cached_property
    def rights(self) -> Looks:
        """Looks at uploads for what concerns rights and safety."""
        from fairstock.adapters.rapid_text import RapidText
        from fairstock.screening.rights.looks import Looks

        return Looks(self.faces, self.picture_screen, RapidText())
