"""A page's one style sheet. A strict content security policy lets it in by its hash, and no `style` attribute at all."""

from importlib.resources import files
from xml.etree import ElementTree

from markupsafe import Markup

from tlpo_guard.style_hash import style_hash

__all__ = ["Sheet"]

_SVG = "http://www.w3.org/2000/svg"
ElementTree.register_namespace("", _SVG)
ElementTree.register_namespace("xlink", "http://www.w3.org/1999/xlink")


class Sheet:
    """The page's rules, and those of the plots that are put on it."""

    def __init__(self) -> None:
        self._rules = files("distill.report").joinpath("page.css").read_text(encoding="utf-8")
        self._classes: dict[str, str] = {}

    def plot(self, svg: str) -> Markup:
        """A plot whose styles have moved into the sheet."""
        root = ElementTree.fromstring(svg)
        for element in root.iter():
            for sheet in element.findall(f"{{{_SVG}}}style"):
                element.remove(sheet)
            style = element.attrib.pop("style", None)
            if style is not None:
                element.set("class", self._classes.setdefault(style, f"plot-{len(self._classes) + 1}"))
        return Markup(ElementTree.tostring(root, encoding="unicode"))

    @property
    def text(self) -> Markup:
        """All rules."""
        return Markup(self._rules + "".join(f".{name} {{ {style} }}\n" for style, name in self._classes.items()))

    @property
    def hash(self) -> str:
        """Of the text, as a policy names it."""
        return style_hash(self.text)
