"""What agents read: every word of the desk that is not in a template, each beside its English meaning."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from router.policy import Policy

STATES = {
    "undecided": "Ждут решения",  # wait for a decision
    "waiting": "Ждут ответа",  # wait for an answer
    "overdue": "Просрочены",  # overdue
    "answered": "Отвечены",  # answered
    "accepted": "Приняты клиентом",  # accepted by the client
    "all": "Все",  # all
}
STATUSES = {
    "registered": "ждёт ответа",  # waits for an answer
    "answered": "дан ответ",  # an answer was given
    "accepted": "принята клиентом",  # accepted by the client
}
PRIORITIES = {"urgent": "срочная", "high": "важная", "normal": "обычная"}  # urgent, important, ordinary
KINDS = {
    "auto": "направлена сама",  # routed by itself
    "suggest": "нужно подтвердить",  # to be confirmed
    "triage": "нужно выбрать",  # to be chosen
}
RISKS = {
    "self_harm": "угроза себе",  # threat to oneself
    "fraud": "мошенничество, взлом",  # fraud, account takeover
    "gambling_harm": "игровая зависимость",  # gambling harm
    "court": "суд, полиция",  # court, police
    "regulator": "надзорный орган",  # regulator
    "central_bank": "Банк России",  # the central bank
    "press": "пресса",  # the press
}
CHANGES = {
    "registered": "зарегистрирована",  # registered
    "confirmed": "категория подтверждена",  # category confirmed
    "recategorised": "категория выбрана",  # category chosen
    "undone": "выбор отменён",  # choice undone
    "answered": "дан ответ",  # answered
    "clarification": "клиент уточняет",  # the client asks on
    "accepted": "клиент принял ответ",  # the client accepted
    "rated": "клиент поставил оценку",  # the client rated
    "forgotten": "слова клиента стёрты",  # the client's words were erased
}
REASONS = {
    "low_confidence": "Похожих жалоб было мало: уверенности не хватает.",  # too little confidence
    "unfamiliar_text": "Почти все слова незнакомы.",  # hardly a word is known
    "too_short": "Текст слишком короткий.",  # too short
    "not_russian": "Текст не на русском языке.",  # not in Russian
    "several_issues": "В тексте несколько дел для разных команд.",  # several issues for several teams
    "risk_review": "Есть опасные слова: сначала пусть посмотрит человек.",  # a person must see the risk first
}
SIDES = {"company": "Компания", "client": "Клиент"}  # the company, the client
TRIAGE = "Разбор вручную"  # placing by hand
NOT_CHOSEN = "не выбрана"  # (a category that was) not chosen
NOBODY = "система"  # the system
TEXT_FAULTS = {
    "text_empty": "Напишите текст: сейчас он пустой.",  # the text is empty
    "text_too_long": "Текст длиннее 20 000 знаков.",  # longer than 20,000 characters
}
TEXT_FAULT = "Такой текст принять нельзя: в нём есть недопустимые знаки."  # characters that cannot be taken
_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400


def between(first: str, second: str) -> str:
    """Why a decision was `ambiguous`: it looks like either of two teams'."""
    return f"Похоже и на «{first}», и на «{second}»."  # looks like both


def reason(classification: Mapping[str, Any], title: Callable[[str], str]) -> str:
    """Why the router did not place a complaint by itself, in plain words; empty where it did."""
    if pair := classification.get("between"):
        return between(*map(title, pair))
    return REASONS.get(classification.get("reason") or "", "")


def queue_titles(policy: Policy) -> dict[str, str]:
    """Queue → what agents call it; categories that share a queue are named together."""
    found: dict[str, str] = {}
    for category in policy.categories:
        found[category.queue] = ", ".join(filter(None, [found.get(category.queue), category.title]))
    return found | {policy.queue(None): TRIAGE}


def span(length: timedelta) -> str:
    """A length of time in its two largest units: «2 дн. 3 ч», «3 ч 5 мин», «7 мин»."""  # days, hours, minutes
    seconds = int(abs(length.total_seconds()))
    days, hours, minutes = seconds // _DAY, seconds % _DAY // _HOUR, seconds % _HOUR // _MINUTE
    if days:
        found = f"{days} дн. {hours} ч" if hours else f"{days} дн."
    elif hours:
        found = f"{hours} ч {minutes} мин" if minutes else f"{hours} ч"
    else:
        found = f"{minutes} мин" if minutes else "меньше минуты"  # less than a minute
    return found.replace(" ", "\u00a0")


def left(due: datetime, now: datetime) -> str:
    """How the clock stands."""
    if now > due:
        if now - due < timedelta(seconds=_MINUTE):
            return "просрочена меньше чем на\u00a0минуту"  # overdue by less than a minute: not «на меньше минуты»
        return f"просрочена на {span(now - due)}"  # overdue by
    return f"осталось {span(due - now)}"  # … left


def plural(count: int, one: str, few: str, many: str) -> str:
    """The form of a noun after a number.

    >>> plural(21, "жалоба", "жалобы", "жалоб")
    'жалоба'
    """
    if count % 10 == 1 and count % 100 != 11:  # noqa: PLR2004 - Russian grammar: 1, 21, 31, but 11
        return one
    if 2 <= count % 10 <= 4 and not 12 <= count % 100 <= 14:  # noqa: PLR2004 - 2 to 4, but 12 to 14
        return few
    return many


def percent(share: float) -> str:
    """A share as agents read it, with a comma: «97 %», «0,4 %», «0 %»."""
    value = share * 100
    if 0.05 <= value < 0.95:  # noqa: PLR2004 - what one digit after the comma tells from 0 and from 1
        return f"{value:.1f}".replace(".", ",") + "\u00a0%"
    return f"{value:.0f}\u00a0%"


def number(value: float, digits: int = 2) -> str:
    """A number with a decimal comma."""
    return f"{value:.{digits}f}".replace(".", ",")
