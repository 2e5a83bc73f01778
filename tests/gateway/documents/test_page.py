"""Parts of a page: numbers to the right, text escaped, plots that hold what they are given."""

from gateway.documents.page import bars, heading, key, lines, page, table


def test_page_when_texts_hold_markup_then_it_is_escaped() -> None:
    text = page("<dock>", (heading("a & b", "<c>"), key("<d>", "e")))
    for said in ("<title>&lt;dock&gt;</title>", "<h2>a &amp; b</h2>", "<p>&lt;c&gt;</p>", "&lt;d&gt;"):
        assert said in text
    assert text.startswith("<!doctype html>")


def test_table_when_a_column_is_all_numbers_then_it_stands_to_the_right() -> None:
    text = table(("name", "count", "share"), [("<a>", 1, 0.25), ("b", None, None)], marked=[1])
    assert '<th>name</th><th class="n">count</th><th class="n">share</th>' in text
    assert '<tr><td>&lt;a&gt;</td><td class="n">1</td><td class="n">0.250</td></tr>' in text
    assert '<tr class="now"><td>b</td><td class="n"></td>' in text


def test_table_when_there_are_no_rows_then_that_is_said() -> None:
    assert table(("name",), []) == "<p>None.</p>"


def test_bars_when_nothing_was_counted_then_no_bar_has_a_length() -> None:
    assert bars([("a", 0)], "label").count('width="0.0"') == 1
    assert 'viewBox="0 0 760 24"' in bars([], "label")


def test_bars_when_counted_then_the_longest_fills_the_room() -> None:
    text = bars([("a", 1), ("b", 2)], "label", " h")
    assert 'width="230.0"' in text
    assert 'width="460.0"' in text
    assert ">2 h</text>" in text


def test_lines_when_a_value_is_missing_then_it_is_left_out() -> None:
    text = lines(("x", "y"), (1.0, None), (0.0, 1.0), "label")
    assert '<polyline class="la" points="40.0,24.0"/>' in text
    assert '<polyline class="lb" points="40.0,224.0 720.0,24.0"/>' in text
    assert text.count("<circle") == 3
