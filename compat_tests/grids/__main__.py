"""Writes cases/grid_*.json from the grids and says how many cases there are."""

from compat_tests.grids import grids, path_of, text_of


def main() -> None:
    total = 0
    for family, grid in grids().items():
        path_of(family).write_text(text_of(grid))
        total += len(grid.entries)
        print(f"{family:20} {len(grid.entries)}")
    print(f"{'total':20} {total}")


if __name__ == "__main__":
    main()
