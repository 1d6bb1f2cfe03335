"""Links inside README and the manual lead somewhere: files, anchors and pictures are there. No network is used."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.manual import PAGES, ROOT, anchors, links

ELSEWHERE = ("https://", "http://", "mailto:")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    here = [link.target for link in links(page) if not link.target.startswith(ELSEWHERE)]
    assert not [target for target in here if not leads_somewhere(page, target)]


def leads_somewhere(page: Path, target: str) -> bool:
    """Whether the file is there, in this repository, and has the heading."""
    path, _, anchor = target.partition("#")
    file = (page.parent / path).resolve() if path else page
    if not file.exists() or not file.is_relative_to(ROOT):
        return False
    return not anchor or (file.suffix == ".md" and anchor in anchors(file))


@pytest.mark.parametrize("target", [
    "no-such-page.md", "install.md#no-such-heading", "../../outside.md", "../packaging/no-such.png"])
def test_a_dead_link_is_found(target: str) -> None:
    assert not leads_somewhere(ROOT / "docs" / "README.md", target)


def test_pictures_say_what_they_show() -> None:
    pictures = [link for page in PAGES for link in links(page) if link.is_picture]
    assert pictures
    assert all(len(picture.text) >= 10 for picture in pictures)
    assert all((ROOT / "packaging" / "screenshots" / Path(picture.target).name).stat().st_size for picture in pictures)


def test_every_page_is_in_the_table_of_contents() -> None:
    contents = ROOT / "docs" / "README.md"
    listed = {(contents.parent / link.target).resolve() for link in links(contents) if "#" not in link.target}
    assert {page for page in PAGES if page.parent == contents.parent} - {contents} <= listed


def test_readme_leads_to_the_manual_and_has_the_test_command() -> None:
    readme = ROOT / "README.md"
    command = "python3 packaging/dev.py test"
    assert "docs/README.md" in [link.target for link in links(readme)]
    assert f"\n    {command}\n" in readme.read_text()
    assert command in (ROOT / ".ci" / "run").read_text()
