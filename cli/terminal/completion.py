"""What shells offer for a word that is one of a list."""

from collections.abc import Callable, Iterator, Mapping


def one_of(words: Callable[[], Mapping[str, str]]) -> Callable[[str], Iterator[tuple[str, str]]]:
    """Completes to one of `words`, which are given with what each means; they are asked for only by a shell."""

    def complete(incomplete: str) -> Iterator[tuple[str, str]]:
        return ((word, means) for word, means in words().items() if word.startswith(incomplete))

    return complete
