"""Prints what python-dotenv reads of each file, with its default interpolation and without."""

import json
import sys

from dotenv import dotenv_values

print(
    json.dumps(
        [
            [dotenv_values(path, interpolate=interpolate) for path in sys.argv[1:]]
            for interpolate in (False, True)
        ]
    )
)
