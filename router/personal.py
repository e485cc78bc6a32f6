"""Masks personal data in a text before it is stored or logged. Pure, and linear in the length of whatever is sent.

Each kind is a row of `KINDS`: the placeholder, the shape, and a check of what has the shape. A shape has no Latin
letter or digit beside it (or begins with `+` or a bracket), and no shape can hold a square bracket, so a masked text
holds nothing more to mask. Only bounded or possessive repeats are used, so that the time stays linear.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from stdnum.ru import inn

from router.text import PLACEHOLDERS

Check = Callable[[str], int]
"""How many characters at the start of what has the shape are personal data; 0 if it only looks like it."""

_END = r"(?![0-9A-Za-z])"
_GAP = r"[ \u00a0\u2009\u202f.\-\u2010-\u2015]{0,3}"  # between groups of digits: a space, a hyphen, « - »
_DASH = r"[\-\u2010-\u2015]"
_NEAR = r"[^0-9\[\]]"  # between a word such as «ИНН» and its number: neither another number nor one masked already
_BASE58 = "[1-9A-HJ-NP-Za-km-z]"
_FOUR, _THREE, _TWO = "[0-9]{4}", "[0-9]{3}", "[0-9]{2}"

_LOCAL = rf"\(?[3489]{_TWO}\)?{_GAP}{_THREE}{_GAP}{_TWO}{_GAP}{_TWO}{_END}"  # a Russian phone after 8 or +7
_NO_YEAR = "(?:(?<![12])[0-9]|(?<=1)[0-8]|(?<=2)[1-9])"  # the second digit of what does not begin as 1999 or 2026
_NO_MONEY = rf"{_END}(?! ?(?:[₽$€]|[рР]\b|(?i:руб|тыс)))"

CARD_DIGITS = 16
_GAP_SIGNS = " \u00a0\u2009\u202f.-‐‑‒–—―"
_MAIL = re.compile(r"[\w.+\-]@(?:[\w\-]++\.)+[^\W\d_]{2}")
_GAPS = dict.fromkeys(map(ord, _GAP_SIGNS))
_DOUBLED = bytes.maketrans(b"0123456789", b"0246813579")
_ZERO = ord("0")
_BASE36 = str.maketrans({letter: str(int(letter, 36)) for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"})
IBAN_LENGTHS = {  # of the IBAN registry: countries that our clients' banks are likely to be in
    **{"AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BY": 28, "CH": 21, "CY": 28, "CZ": 24},
    **{"DE": 22, "DK": 18, "EE": 20, "ES": 24, "FI": 18, "FR": 27, "GB": 22, "GE": 22, "GI": 23, "GR": 27, "HR": 21},
    **{"HU": 28, "IE": 22, "IL": 23, "IS": 26, "IT": 27, "KZ": 20, "LI": 21, "LT": 20, "LU": 20, "LV": 21, "MC": 27},
    **{"MD": 24, "ME": 22, "MK": 19, "MN": 20, "MT": 31, "NL": 18, "NO": 15, "PL": 28, "PT": 25, "QA": 29, "RO": 24},
    **{"RS": 22, "SA": 24, "SE": 24, "SI": 19, "SK": 24, "TR": 26, "UA": 29, "XK": 20},
}


def _starts(first: str) -> str:
    """A first character with no Latin letter or digit before it; named first, it lets the search skip all others."""
    return rf"{first}(?<![0-9A-Za-z].)"


def _unnumbered(first: str) -> str:
    """The same, not after «№»: the number of an order."""
    return rf"{_starts(first)}(?<![№#].)(?<![№#] .)"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of personal data. Of a pattern with a group, the group is the data and the rest what announces it."""

    placeholder: str
    pattern: re.Pattern[str]
    check: Check
    example: str


def mask(text: str) -> str:
    """`text` with personal data replaced by `[карта]` and so on; masking twice changes nothing.

    >>> mask("Карта 4111 1111 1111 1111, пишите на ivan@example.org")
    'Карта [карта], пишите на [почта]'
    """
    for kind in KINDS:
        text = _masked(kind, text)
    return text


def _masked(kind: Kind, text: str) -> str:
    pieces, done, place = [], 0, 0
    while match := kind.pattern.search(text, place):
        start, end = match.span(match.lastindex or 0)
        length = kind.check(text[start:end])
        place = start + length if length else match.start() + 1
        if length:
            pieces += [text[done:start], f"[{kind.placeholder}]"]
            done = place
    return "".join([*pieces, text[done:]]) if pieces else text


def all_of_it(found: str) -> int:
    """The shape alone is proof."""
    return len(found)


def mail(found: str) -> int:
    """A run of letters with an address in it; a full stop after it is not of it."""
    return len(found.rstrip(".+-@")) if _MAIL.search(found) else 0


def card(found: str) -> int:
    """By Luhn's formula (ISO/IEC 7812-1), with the last group of two or three digits or else without it.

    Written out on bytes, for `stdnum.luhn` takes ten times as long.
    """
    digits = found.translate(_GAPS).encode()
    if _luhn(digits):
        return len(found)
    head = found.rstrip("0123456789")
    return len(head.rstrip(_GAP_SIGNS)) if len(digits) > CARD_DIGITS and head and _luhn(digits[:CARD_DIGITS]) else 0


def _luhn(digits: bytes) -> bool:
    total = sum(digits[-1::-2]) + sum(digits[-2::-2].translate(_DOUBLED)) - _ZERO * len(digits)
    return total % 10 == 0


def tax_number(found: str) -> int:
    """INN, of a person (12 digits) or a company (10), by its check digits."""
    if len(found) == 12:  # noqa: PLR2004 - as the line above says
        return len(found) if inn.calc_personal_check_digits(found) == found[10:] else 0
    return len(found) if inn.calc_company_check_digit(found) == found[9:] else 0


def insurance_number(found: str) -> int:
    """SNILS, by its check digits (python-stdnum has none): nine digits weighed 9…1, modulo 101, 100 counts as 0."""
    digits = found.translate(_GAPS)
    total = sum(int(digit) * weight for digit, weight in zip(digits, range(9, 0, -1), strict=False))
    return len(found) if total % 101 % 100 == int(digits[9:]) else 0


def bank_account(found: str) -> int:
    """IBAN (ISO 13616), by its country's length and its check digits; what follows in groups of four is not of it."""
    number, length = found.replace(" ", ""), IBAN_LENGTHS.get(found[:2], 0)
    if not length or len(number) < length or int((number[4:length] + number[:4]).translate(_BASE36)) % 97 != 1:
        return 0
    end = next(end for end in range(length, len(found) + 1) if end - found.count(" ", 0, end) == length)
    return end if found[end : end + 1] in ("", " ") else 0


def wallet(found: str) -> int:
    """Letters of both cases and digits: no word is written so."""
    mixed = any(map(str.isdigit, found)) and any(map(str.islower, found)) and any(map(str.isupper, found))
    return len(found) if mixed else 0


def _kind(placeholder: str, pattern: str, check: Check, example: str) -> Kind:
    return Kind(placeholder, re.compile(pattern), check, example)


CARD, PHONE, MAIL, PASSPORT, INN, SNILS, ACCOUNT, WALLET = PLACEHOLDERS

KINDS = (
    _kind(
        MAIL,
        r"(?<![\w.+\-@])[\w.+\-]*+@[\w.+\-@]++",
        mail,
        "ivan.petrov+bk@mail.example.ru",
    ),
    # Bitcoin and Litecoin, Tron, TON; Bitcoin and Litecoin by segregated witness; Ethereum.
    _kind(WALLET, rf"{_starts('[13LM]')}{_BASE58}{{25,34}}{_END}", wallet, "1NEDqZPvTWRaoho48qXuLLsrYomMXPABfD"),
    _kind(WALLET, rf"{_starts('T')}{_BASE58}{{33}}{_END}", wallet, "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t"),
    _kind(
        WALLET,
        rf"{_starts('[EU]')}Q[0-9A-Za-z_\-]{{46}}(?![0-9A-Za-z_\-])",
        wallet,
        "EQDtFpEwcFAEcRe5mLVh2N6C0x-_hJEM7W61_JLnSF74p4q2",
    ),
    _kind(
        WALLET,
        rf"{_starts('[bl]')}(?:c1|tc1)[02-9ac-hj-np-z]{{25,80}}{_END}",
        all_of_it,
        "bc1qardv855yjngspvxuttq897aqca3lxju2y69jce",
    ),
    _kind(WALLET, rf"{_starts('0')}x[0-9a-fA-F]{{40}}{_END}", all_of_it, "0x52908400098527886E0F7030069857D2E4169EE7"),
    _kind(
        ACCOUNT,
        rf"{_starts('[A-Z]')}[A-Z]{_TWO}(?: ?[A-Z0-9]{{4}}){{2,7}}(?: ?[A-Z0-9]{{1,3}})?{_END}",
        bank_account,
        "DE89 3704 0044 0532 0130 00",
    ),
    # A Russian account of a person or a firm; its check digit needs the bank's number.
    _kind(
        ACCOUNT,
        rf"{_starts('4')}(?:0[578]|2[36]){_TWO} ?{_THREE} ?[0-9] ?{_FOUR} ?[0-9]{{7}}{_END}",
        all_of_it,
        "40817810099910004312",
    ),
    _kind(
        CARD,
        rf"{_starts('[2-6]')}{_THREE}(?:{_GAP}{_FOUR}){{3}}(?:{_GAP}[0-9]{{2,3}})?{_END}",
        card,
        "2200 7007 1234 5676",
    ),
    _kind(CARD, rf"{_starts('3')}[47]{_TWO}{_GAP}[0-9]{{6}}{_GAP}[0-9]{{5}}{_END}", card, "3714 496353 98431"),
    _kind(SNILS, rf"{_starts('[0-9]')}{_TWO}-{_THREE}-{_THREE}[ \-]?{_TWO}{_END}", insurance_number, "112-233-445 95"),
    _kind(SNILS, rf"(?i:снилс){_NEAR}{{0,15}}([0-9]{{11}}){_END}", insurance_number, "СНИЛС: 11223344595"),
    _kind(INN, rf"{_starts('[0-9]')}[0-9]{{11}}{_END}", tax_number, "500100732259"),
    _kind(INN, rf"(?i:инн){_NEAR}{{0,15}}([0-9]{{10}}){_END}", tax_number, "ИНН 7707083893"),
    # A passport: series of 2 + 2 digits and number of 6. Unannounced it must not look like a year and a sum.
    _kind(
        PASSPORT,
        rf"(?i:паспорт|серия|документ){_NEAR}{{0,40}}({_TWO} ?{_TWO}[ ,]{{0,2}}(?i:номер|№|N)? ?[0-9]{{6}}){_END}",
        all_of_it,
        "паспорт серия 4509 номер 123456",
    ),
    _kind(
        PASSPORT, rf"(?i:загран){_NEAR}{{0,40}}({_TWO} ?№? ?[0-9]{{7}}){_END}", all_of_it, "загранпаспорт 71 1234567"
    ),
    _kind(PASSPORT, rf"{_starts('[0-9]')}[0-9] {_TWO} №? ?[0-9]{{6}}{_NO_MONEY}", all_of_it, "45 09 123456"),
    _kind(PASSPORT, rf"{_starts('[0-9]')}{_NO_YEAR}{_TWO} №? ?[0-9]{{6}}{_NO_MONEY}", all_of_it, "4509 123456"),
    # A phone: Russian, with and without its first digit; foreign.
    _kind(PHONE, rf"[+]7{_GAP}{_LOCAL}", all_of_it, "+7 (916) 123-45-67"),
    _kind(PHONE, rf"{_unnumbered('[78]')}{_GAP}{_LOCAL}", all_of_it, "8-800-555-3535"),
    _kind(PHONE, rf"{_unnumbered('9')}[0-9]{{9}}{_END}", all_of_it, "9161234567"),
    _kind(PHONE, rf"[(][3489]{_TWO}\){_GAP}{_THREE}{_GAP}{_TWO}{_GAP}{_TWO}{_END}", all_of_it, "(495)1234567"),
    _kind(
        PHONE, rf"{_starts('[3489]')}{_TWO}{_GAP}{_THREE}{_DASH}{_TWO}{_DASH}{_TWO}{_END}", all_of_it, "916 123-45-67"
    ),
    _kind(PHONE, rf"[+][1-9](?:[ \-()]{{0,3}}+[0-9]){{9,12}}{_END}", all_of_it, "+375 29 123-45-67"),
)
