"""Tables and claims, for people."""

import unicodedata


def width(text):
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def table(rows):
    """Rows of equal length, the first being the head."""
    rows = [[str(cell) for cell in row] for row in rows]
    widths = [max(width(row[column]) for row in rows) for column in range(len(rows[0]))]

    def line(row):
        return "| " + " | ".join(cell + " " * (wide - width(cell)) for cell, wide in zip(row, widths)) + " |"

    ruler = "|" + "|".join("-" * (wide + 2) for wide in widths) + "|"
    return "\n".join([line(rows[0]), ruler, *map(line, rows[1:])])


def ms(seconds):
    value = seconds * 1000
    return f"{value:.2f} ms" if value < 10 else f"{value:,.0f} ms"


class Claims:
    """What must hold; each is told, kept or not."""

    def __init__(self):
        self.failed = 0

    def check(self, holds, text):
        self.failed += not holds
        print(f"  {'ok    ' if holds else 'FAILED'} {text}")
