"""The traffic of the soak: one visitor who does, again and again, one of the things that people do with the service."""

import random
import re
from collections import deque
from collections.abc import Callable
from http.client import HTTPConnection, HTTPException
from json import dumps, loads
from urllib.parse import urlencode

from router.categories import KEYS

MIX = {
    "classify": 40,
    "register": 20,
    "batch": 3,
    "correct": 8,
    "answer": 8,
    "queue": 6,
    "feed": 5,
    "desk": 8,
    "metrics": 2,
}
"""What is done, and how often among a hundred."""
SENTENCES = (
    "Третий день не могу вывести деньги",
    "Поддержка молчит вторую неделю",
    "После обновления приложение вылетает",
    "Не приходит код подтверждения, войти не могу",
    "Списали комиссию, о которой не предупреждали",
    "Сайт открывается через раз, ставка не проходит",
    "Оператор нагрубил и бросил трубку",
    "Верните средства, иначе обращусь в суд",
)
"""Invented sentences; a complaint is some of them and a number of its own."""
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
_AT_MOST = 200
EXPECTED = {200, 201, 303, 409}
"""Two agents may meet at one complaint: the second is told so by 409."""


class Visitor:
    """Does one thing of the mix at a time, on one kept connection; knows the last complaints that it registered."""

    def __init__(self, port: int, keys: dict[str, str], chance: random.Random) -> None:
        self._connection = HTTPConnection("127.0.0.1", port, timeout=30)
        self._keys, self._chance = keys, chance
        self._own: deque[str] = deque(maxlen=_AT_MOST)
        self._cookie = ""
        self._deeds: dict[str, Callable[[], int]] = {name: getattr(self, f"_{name}") for name in MIX}

    def act(self) -> tuple[str, str]:
        """Do something; returns what, and what was wrong with the answer (nothing: an empty string)."""
        (kind,) = self._chance.choices(list(MIX), MIX.values())
        try:
            status = self._deeds[kind]()
        except (OSError, HTTPException, ValueError) as error:
            self._connection.close()
            return kind, type(error).__name__
        return kind, "" if status in EXPECTED else str(status)

    def close(self) -> None:
        """Let go of the connection."""
        self._connection.close()

    def _text(self) -> str:
        parts = self._chance.sample(SENTENCES, self._chance.randint(1, 4))
        return f"{'. '.join(parts)}. Заявка {self._chance.randrange(10**6)}"

    def _classify(self) -> int:
        explain = self._chance.random() < 1 / 4
        return self._post("/v1/classify", {"text": self._text(), "explain": explain}, "intake")[0]

    def _batch(self) -> int:
        items = [{"id": str(number), "text": self._text()} for number in range(20)]
        return self._post("/v1/classify/batch", {"items": items}, "intake")[0]

    def _register(self) -> int:
        status, body = self._post("/v1/complaints", {"text": self._text(), "client_ref": "soak"}, "intake")
        if status == 201:
            self._own.append(loads(body)["id"])
        return status

    def _correct(self) -> int:
        return self._step("category", {"category": self._chance.choice(KEYS)})

    def _answer(self) -> int:
        return self._step("answer", {"text": "Проверили, исправлено."})

    def _step(self, name: str, body: object) -> int:
        if not self._own:
            return self._register()
        return self._post(f"/v1/complaints/{self._chance.choice(self._own)}/{name}", body, "agent")[0]

    def _queue(self) -> int:
        path = self._chance.choice(("/v1/queues", "/v1/complaints?queue=payments&status=registered&limit=50"))
        return self._ask("GET", path, None, self._bearer("agent"))[0]

    def _feed(self) -> int:
        return self._ask("GET", f"/v1/changes?after={self._chance.randrange(1000)}", None, self._bearer("agent"))[0]

    def _metrics(self) -> int:
        return self._ask("GET", "/metrics", None, {})[0]

    def _desk(self) -> int:
        if not self._cookie:
            return self._log_in()
        pages = ["/desk", "/desk/queues/all", "/desk/queues/payments?state=waiting", "/desk/try", "/desk/team"]
        pages += [f"/desk/complaints/{self._chance.choice(self._own)}"] if self._own else []
        return self._ask("GET", self._chance.choice(pages), None, {"Cookie": self._cookie})[0]

    def _log_in(self) -> int:
        """As a browser does: the form, then the key with the form's token."""
        _, page = self._ask("GET", "/desk/login", None, {})
        found = _TOKEN.search(page)
        fields = urlencode({"csrf_token": found[1] if found else "", "key": self._keys["agent"], "back": "/desk"})
        kind = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": self._cookie}
        status, _ = self._ask("POST", "/desk/login", fields.encode(), kind)
        return status

    def _post(self, path: str, body: object, role: str) -> tuple[int, str]:
        headers = self._bearer(role) | {"Content-Type": "application/json"}
        return self._ask("POST", path, dumps(body).encode(), headers)

    def _bearer(self, role: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._keys[role]}"}

    def _ask(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> tuple[int, str]:
        self._connection.request(method, path, body, headers)
        answer = self._connection.getresponse()
        if cookie := answer.headers.get("Set-Cookie"):
            self._cookie = cookie.partition(";")[0]
        return answer.status, answer.read().decode()
