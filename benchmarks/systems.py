"""Measure the systems of notebook 7 (about an hour): `python benchmarks/systems.py`, or `… --only lora`.

Agreement is the share of pictures whose digit, colours and place are read back as the prompt has them, with its 95 % interval
(Wilson's). Prints each part and writes it to results/systems.json; the parts that `--only` leaves out stay there as they were.
"""

import argparse
import importlib
import json

from measure import RESULTS, keep, kept, machine

FILE = RESULTS / "systems.json"
PARTS = {
    "lora": 200,
    "control": 200,
    "clip": 100,
    "unclip": 200,
    "cascade": 500,
    "video": 160,
}  # pictures in each row


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=list(PARTS), nargs="+", default=list(PARTS))
    parser.add_argument("--n", type=int, help="pictures in each row")
    args = parser.parse_args()
    for part in args.only:
        measured = importlib.import_module(f"systems_{part}").measure(args.n or PARTS[part])
        content = kept(FILE) | {part: {"machine": machine(), **measured}}
        print(json.dumps({part: content[part]}, indent=1, ensure_ascii=False), flush=True)
        keep(FILE, content)


if __name__ == "__main__":
    main()
