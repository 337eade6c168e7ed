"""The table of matches in a browser: order, filter, tree, ticks, keys and several thousand rows."""

from __future__ import annotations

import pytest

from .match_page import show_matches, texts, ticked

pytestmark = pytest.mark.browser


def test_columns_are_ordered_both_ways_and_not(blank):
    """Numbers by their value; what is empty stays at the end; a third press brings the archive's order back."""
    table = show_matches(blank)
    head = table.page.get_by_role("button", name="Images")

    head.click()
    assert texts(table, 2) == ["0", "676", "838", "919", ""]
    head.click()
    assert texts(table, 2) == ["919", "838", "676", "0", ""]
    assert table.page.locator("th[aria-sort=descending]").inner_text().strip().startswith("Images")
    head.click()
    assert texts(table, 2) == ["0", "919", "838", "", "676"]


def test_values_are_text_and_never_markup(blank):
    """What an archive writes cannot become an element."""
    table = show_matches(blank)

    assert texts(table, 1)[0] == "CT 0 <i>x</i>"
    assert table.page.locator("td i").count() == 0


def test_a_part_of_a_study_is_ticked(blank):
    """Series are asked for once; a study of which a part is ticked is neither ticked nor not."""
    table = show_matches(blank)
    page = table.page
    page.get_by_label("Show its series").first.click()
    page.locator("tr.df-of-series input").first.check()

    assert ticked(table) == [90001]
    assert page.locator("tbody tr[aria-level='1'] input").first.evaluate("(box) => box.indeterminate")
    page.locator("tr.df-of-series input").last.check()
    assert ticked(table) == [0]
    page.get_by_label("Hide its series").click()
    page.get_by_label("Show its series").first.click()
    assert len(table.sent("open")) == 1


def test_a_filter_narrows_what_is_ticked_at_once(blank):
    """Every word must be somewhere in the row; tick-all takes what is seen."""
    table = show_matches(blank, 200)
    table.page.get_by_label("Filter the table").fill("name 96")
    table.page.get_by_label("Tick all that is shown").check()

    shown = list(zip(texts(table, 0), texts(table, 2), strict=True))
    assert ("NAME 96", "224") in shown
    assert all("96" in name + number for name, number in shown)
    assert len(ticked(table)) == len(shown) < 20
    assert "of 200 studies" in table.page.locator(".df-found").inner_text()


def test_thousands_of_rows_are_drawn_as_they_come_into_view(blank):
    """8,000 studies are in the tree and some 30 in the page, at its end too."""
    table = show_matches(blank, 8000)
    page = table.page
    page.locator(".df-sheet").focus()
    page.keyboard.press("End")

    table.wait("document.querySelector('.df-active')?.id === 'df-row-7999'")
    assert page.locator("tbody tr").count() < 60
    assert "8,000 studies" in page.locator(".df-found").inner_text()
    page.get_by_label("Tick all that is shown").check()
    assert len(ticked(table)) == 8000


def test_the_table_is_used_by_keys_alone(blank):
    """Arrows go from row to row and open a study, the space bar ticks, the row is in view and named to screen readers."""
    table = show_matches(blank, 300)
    page = table.page
    page.locator(".df-sheet").focus()
    for key in ("ArrowDown", "ArrowRight", "ArrowDown", "Space"):
        page.keyboard.press(key)
    assert ticked(table) == [90001]

    for key in ("ArrowLeft", "ArrowLeft", "PageDown", "Space"):
        page.keyboard.press(key)

    assert len(ticked(table)) == 2
    table.wait(
        "document.getElementById(document.querySelector('.df-sheet').getAttribute('aria-activedescendant')).checkVisibility()"
    )


def test_names_are_hidden_until_they_are_wanted(blank):
    """With private at first, a tick shows them."""
    table = show_matches(blank, private=True)
    assert set(texts(table, 0)) == {"•••"}

    table.page.get_by_label("show names").check()

    assert texts(table, 0)[0] == "NAME 0"


def test_every_element_that_can_have_the_focus_keeps_its_keys(blank):
    """None leaves a key to the notebook, which would edit its cells."""
    table = show_matches(blank)
    table.page.get_by_label("Show its series").first.click()

    nodes = table.page.locator("button, input, select, summary, [tabindex]")
    assert nodes.count() > 10
    assert set(nodes.evaluate_all("(nodes) => nodes.map((node) => node.dataset.lmSuppressShortcuts)")) == {"true"}


def test_a_peek_is_shown_and_ticked(blank):
    """A card a series; a press on it ticks the series in the table too."""
    table = show_matches(blank)
    table.page.get_by_label("Show its series").first.click()
    table.page.evaluate(
        "(card) => window.deliver(card)",
        {"type": "card", "row": 90001, "title": "CT 2", "description": "soft", "facts": "axial", "count": "64", "note": ""},
    )

    card = table.page.get_by_role("button", name="CT 2")
    card.click()

    assert ticked(table) == [90001]
    assert card.get_attribute("aria-pressed") == "true"
    assert "64 images" in card.inner_text()


def test_a_screen_reader_gets_rows_and_cells_of_one_tree_grid(blank):
    """With their names, levels and how many there are in all, although only those in view are in the page."""
    table = show_matches(blank, 3000)
    table.page.get_by_label("Show its series").first.click()
    table.page.locator("tr.df-of-series").first.wait_for()
    grid = table.page.get_by_role("treegrid", name="Matches")
    told = grid.aria_snapshot()

    assert "- table" not in told
    assert 'columnheader "Images"' in told
    assert 'gridcell "CT 0 <i>x</i>"' in told
    assert "[level=2]" in told
    assert grid.get_attribute("aria-rowcount") == "3003"  # the head, 3,000 studies, two series
    assert table.page.locator("tbody tr[aria-rowindex]").count() < 100


def test_a_study_whose_series_could_not_be_asked_for_is_folded_again(blank):
    """So that the next press asks again."""
    table = show_matches(blank)
    page = table.page
    page.evaluate("() => { window.answers = window.kernel; window.kernel = () => {}; }")
    page.get_by_label("Show its series").first.click()
    page.get_by_label("Hide its series").wait_for()
    page.evaluate("window.deliver({type: 'unopened', row: 0})")
    page.get_by_label("Hide its series").wait_for(state="detached")

    page.evaluate("() => { window.kernel = window.answers; }")
    page.get_by_label("Show its series").first.click()
    page.locator("tr.df-of-series").first.wait_for()
    assert len(table.sent("open")) == 2
