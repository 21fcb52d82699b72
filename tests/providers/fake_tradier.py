"""Tradier on this machine: streaming session and events, time and sales, history, option chains."""

import json
import random
from datetime import datetime
from zoneinfo import ZoneInfo

from fake_server import Answer, FakeServer, Print, answer, broken

from tradingfloor.actors.types import NANOS

KEY = "key"
MILLI = 1_000_000
ZONE = ZoneInfo("America/New_York")


def local(text: str) -> int:
    return int(datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=ZONE).timestamp()) * NANOS


class FakeTradier(FakeServer):
    refuses = False
    sessions = 0

    def __init__(self, *given, **named) -> None:
        super().__init__(*given, **named)
        self.bars: list[dict] = []
        self.days: list[dict] = []
        self.chains: dict[str, list[dict]] = {}

    async def handshake(self, socket) -> None:
        assert socket.request.path == "/v1/markets/events"
        asked = json.loads(await socket.recv())
        if asked["sessionid"] != f"session-{self.sessions}":
            await socket.send('{"error":"session not found"}')
            return
        assert asked["symbols"] == list(self.market.symbols)
        assert set(asked["filter"]) == {"timesale", "quote"}
        assert asked["validOnly"] is True
        self.subscribed()

    @staticmethod
    def _row(each: Print) -> dict[str, object]:
        return {
            "type": "timesale",
            "symbol": each.symbol,
            "exch": each.exchange,
            "bid": "469.99",
            "ask": "470.01",
            "last": each.dollars,
            "size": str(each.size),
            "date": str(each.ts // MILLI),
            "seq": each.number,
            "flag": "",
            "cancel": False,
            "correction": False,
            "session": "normal",
        }

    def encode(self, prints: list[Print]) -> str:
        quote = {"type": "quote", "symbol": prints[0].symbol, "bid": 469.99, "bidsz": 3, "bidexch": "Q"}
        quote |= {"biddate": str(prints[0].ts // MILLI), "ask": 470.01, "asksz": 4, "askexch": "Q"}
        quote |= {"askdate": str(prints[0].ts // MILLI)}
        return "\n".join(json.dumps(row) for row in (quote, *map(self._row, prints))) + "\n"

    def corrupt(self, prints: list[Print], draw: random.Random) -> str | bytes:
        row = self._row(prints[0])
        wrong = draw.choice(({"last": "-1"}, {"last": "x"}, {"date": "today"}, {"seq": None}, {"size": "-5"}))
        return draw.choice((json.dumps(row | wrong), broken(self.encode(prints), draw)))

    def route(self, method: str, path: str, query: dict[str, str], headers: dict[str, str]) -> Answer:  # noqa: PLR0911
        if headers.get("authorization", "") != f"bearer {KEY}":
            return answer({"fault": {"faultstring": "Invalid Access Token"}}, 401)
        assert headers["accept"] == "application/json"
        if path == "/v1/markets/events/session":
            assert method == "POST"
            if self.refuses:
                return answer({"fault": "not entitled"}, 403)
            self.sessions += 1
            found = {"url": "https://elsewhere/v1/markets/events", "sessionid": f"session-{self.sessions}"}
            return answer({"stream": found})
        if path == "/v1/markets/options/expirations":
            return answer({"expirations": {"date": _one(sorted(self.chains))} if self.chains else None})
        if path == "/v1/markets/options/chains":
            rows = self.chains.get(query["expiration"], [])
            return answer({"options": {"option": _one(rows)} if rows else None})
        if path == "/v1/markets/history":
            rows = [row for row in self.days if query["start"] <= row["date"] <= query["end"]]
            return answer({"history": {"day": _one(rows)} if rows else None})
        assert path == "/v1/markets/timesales"
        since, until = local(query["start"]), local(query["end"])
        if query["interval"] == "tick":
            rows = [self._tick(each) for each in self.market.record(query["symbol"], since, until)]
        else:
            rows = [row for row in self.bars if since <= row["timestamp"] * NANOS <= until]
        return answer({"series": {"data": _one(rows)} if rows else None})

    @staticmethod
    def _tick(each: Print) -> dict[str, object]:
        price, second = float(each.dollars), each.ts // NANOS
        at = f"{datetime.fromtimestamp(second, ZONE):%Y-%m-%dT%H:%M:%S}"
        row = {"time": at, "timestamp": second, "price": price, "volume": each.size, "vwap": price}
        return row | dict.fromkeys(("open", "high", "low", "close"), price)


def _one(rows: list) -> object:
    """One row is written without a list around it."""
    return rows[0] if len(rows) == 1 else rows
