"""Alpaca on this machine: stream v2, historical trades and bars v2, option snapshots v1beta1."""

import json
import random
from datetime import UTC, datetime

from fake_server import Answer, FakeServer, Print, answer, broken

from tradingfloor.actors.types import NANOS

KEY, SECRET = "key", "secret"


def written(ts: int) -> str:
    return f"{datetime.fromtimestamp(ts // NANOS, UTC):%Y-%m-%dT%H:%M:%S}.{ts % NANOS:09d}Z"


def read(text: str) -> int:
    whole, _, fraction = text.rstrip("Z").partition(".")
    seconds = int(datetime.fromisoformat(whole).replace(tzinfo=UTC).timestamp())
    return seconds * NANOS + int(fraction.ljust(9, "0") or 0)


def trade(each: Print) -> dict[str, object]:
    return {
        "t": written(each.ts),
        "x": each.exchange,
        "p": float(each.dollars),
        "s": each.size,
        "c": ["@"],
        "i": each.number,
        "z": "B",
    }


class FakeAlpaca(FakeServer):
    refuses = False

    def __init__(self, *given, **named) -> None:
        super().__init__(*given, **named)
        self.bars: list[dict] = []
        self.chain: dict[str, dict] = {}

    async def handshake(self, socket) -> None:
        assert socket.request.path == "/v2/iex"
        await socket.send('[{"T":"success","msg":"connected"}]')
        asked = json.loads(await socket.recv())
        if asked != {"action": "auth", "key": KEY, "secret": SECRET}:
            await socket.send('[{"T":"error","code":402,"msg":"auth failed"}]')
            return
        await socket.send('[{"T":"success","msg":"authenticated"}]')
        asked = json.loads(await socket.recv())
        assert asked["action"] == "subscribe"
        assert asked["trades"] == list(self.market.symbols)
        if self.refuses:
            await socket.send('[{"T":"error","code":409,"msg":"insufficient subscription"}]')
            return
        self.subscribed()
        await socket.send(json.dumps([{"T": "subscription", "trades": asked["trades"], "bars": []}]))

    def encode(self, prints: list[Print]) -> str:
        quote = {
            "T": "q",
            "S": prints[0].symbol,
            "t": written(prints[0].ts),
            "bp": 469.99,
            "bs": 3,
            "bx": "V",
        }
        quote |= {"ap": 470.01, "as": 4, "ax": "V", "c": ["R"], "z": "B"}
        return json.dumps([quote, *({"T": "t", "S": each.symbol} | trade(each) for each in prints)])

    def corrupt(self, prints: list[Print], draw: random.Random) -> str | bytes:
        row = {"T": "t", "S": prints[0].symbol} | trade(prints[0])
        wrong = draw.choice(({"p": -1}, {"p": "x"}, {"t": "yesterday"}, {"i": None}, {"s": -5}, {"p": 1e12}))
        return draw.choice((json.dumps([row | wrong]), broken(self.encode(prints), draw)))

    def route(self, method: str, path: str, query: dict[str, str], headers: dict[str, str]) -> Answer:
        if (headers.get("apca-api-key-id"), headers.get("apca-api-secret-key")) != (KEY, SECRET):
            return answer({"message": "forbidden."}, 401)
        if path.startswith("/v1beta1/options/snapshots/"):
            return self._page(sorted(self.chain.items()), query, "snapshots", dict)
        symbol, kind = path.removeprefix("/v2/stocks/").split("/")
        assert query["feed"] == "iex"
        since, until = read(query["start"]), read(query["end"])
        if kind == "trades":
            return self._page(
                [trade(each) for each in self.market.record(symbol, since, until)], query, "trades", list
            )
        assert query["timeframe"] in ("1Min", "1Day")
        rows = [row for row in self.bars if since <= read(row["t"]) <= until]
        return self._page(rows, query, "bars", list)

    def _page(self, rows: list, query: dict[str, str], name: str, kind: type) -> Answer:
        begin = int(query.get("page_token", 0))
        end = begin + min(self.page, int(query["limit"]))
        more = str(end) if end < len(rows) else None
        return answer({name: kind(rows[begin:end]) or None, "next_page_token": more})
