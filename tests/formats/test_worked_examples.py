"""docs/formats.md holds what worked_examples.py computes, and nothing else in its place."""
import pathlib
import re

import worked_examples

DOCUMENT = pathlib.Path(__file__).parents[2] / "docs" / "formats.md"


def documented():
    section = DOCUMENT.read_text().split("## Worked examples", 1)[1].split("\n## ", 1)[0]
    return dict(re.findall(r"^- ([^:]+): `(.*)`$", section, re.M))


def test_every_example_of_the_document_is_as_another_implementation_computes_it():
    computed = {
        name: example if isinstance(example, str) else example.hex()
        for name, example in worked_examples.compute().items()
    }
    assert documented() == computed
