"""Which language a text is in, where it is not Russian: by letters and by frequent words that Russian lacks.

A short closed list serves better here than a general detector: texts are short, mixed with Russian, and the answer is
only shown to people and used to abstain.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

RUSSIAN = "ru"
UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Language:
    """A language by its ISO 639-1 code: letters that Russian lacks, and frequent words that are not Russian ones."""

    code: str
    letters: str
    words: str


LANGUAGES = (
    Language(  # «Не можу вивести гроші, підтримка мовчить»
        "uk",
        "іїєґ",
        "що як це та або але чому мені мене мої моєї можу можна немає нема гроші коли вже дуже після тому якщо "
        "зайти увійти вивести кошти рахунок підтримка відповідь через ось ще він вона вони бути було буде треба",
    ),
    Language(  # «Не магу вывесці грошы, падтрымка маўчыць»
        "be",
        "ўі",
        "што як гэта або але чаму мне мяне мае магу можна няма грошы калі ужо вельмі пасля таму калі зайсці "
        "вывесці рахунак падтрымка адказ яшчэ ён яна яны быць было будзе трэба",
    ),
    Language(  # «Ақшаны шығара алмаймын, қолдау қызметі жауап бермейді»
        "kk",
        "әғқңөұүһі",
        "мен сен менің маған неге жоқ бар емес және үшін бойынша ақша ақшаны алмаймын болды керек қалай жауап рахмет",
    ),
    Language(  # «Пулимни ечиб ололмаяпман» and «Pulimni yechib ololmayapman»
        "uz",
        "ўқғҳ",
        "мен менга нега йўқ эмас ва учун билан пул пулимни қандай керак бўлди илтимос "
        "men menga nega yoq yo'q emas va uchun bilan pul pulimni pulni qanday kerak boldi bo'ldi iltimos hisob kira "
        "olmayapman javob bermayapti ololmayapman bu bir yechib",
    ),
    Language(  # «ფულს ვერ ვიტან»
        "ka",
        "აბგდევზთიკლმნოპჟრსტუფქღყშჩცძწჭხჯჰ",
        "",
    ),
    Language(  # «I cannot withdraw my money»
        "en",
        "",
        "the and you your my is are not can cannot can't why what how with for this that have has was been it to of in "
        "on please money account support when don't doesn't i me no still",
    ),
)

# Words of the lists above that a Russian text may well have: they mark nothing.
_RUSSIAN_TOO = frozenset(
    ("ваш", "через", "було", "мне", "мае", "зайти", "мен", "сен", "бар", "ва", "пул", "тому", "та", "ось")
)
_CYRILLIC_LETTERS = "іїєґўәғқңөұүһҳ"
_FOREIGN = re.compile(f"[{_CYRILLIC_LETTERS}\u10a0-\u10ff]")


_RUSSIAN_LETTER = re.compile("[а-яё]")


def is_cyrillic(word: str) -> bool:
    """Whether a word has a Cyrillic letter of the Russian alphabet."""
    return _RUSSIAN_LETTER.search(word) is not None


@cache
def _markers() -> dict[str, frozenset[str]]:
    return {language.code: frozenset(language.words.split()) - _RUSSIAN_TOO for language in LANGUAGES}


def is_foreign(form: str) -> bool:
    """Whether a form is marked as another language written in Cyrillic or Georgian letters.

    Latin words are no mark: Russian complaints are full of them.
    """
    if _FOREIGN.search(form):
        return True
    return not form.isascii() and any(form in words for words in _markers().values())


def language_of(forms: Iterable[str]) -> str:
    """The language with the most marks among the forms, `unknown` where nothing is marked."""
    counts: Counter[str] = Counter()
    for form in forms:
        for language in LANGUAGES:
            counts[language.code] += 2 * (form in _markers()[language.code]) + any(map(language.letters.count, form))
    best, marks = counts.most_common(1)[0] if counts else (UNKNOWN, 0)
    return best if marks else UNKNOWN
