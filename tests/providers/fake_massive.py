"""Massive on this machine: the stocks stream, trades v3, aggregates v2, option chain snapshots v3."""

import json
import random

from fake_server import Answer, FakeServer, Print, answer, broken

KEY = "key"
MILLI = 1_000_000


class FakeMassive(FakeServer):
    refuses = False

    def __init__(self, *given, **named) -> None:
        super().__init__(*given, **named)
        self.bars: list[dict] = []
        self.chain: list[dict] = []

    async def handshake(self, socket) -> None:
        assert socket.request.path == "/stocks"
        await socket.send(self._status("connected", "Connected Successfully"))
        if json.loads(await socket.recv()) != {"action": "auth", "params": KEY}:
            await socket.send(self._status("auth_failed", "authentication failed"))
            return
        await socket.send(self._status("auth_success", "authenticated"))
        asked = json.loads(await socket.recv())
        assert asked["action"] == "subscribe"
        if self.refuses:
            await socket.send(self._status("not_authorized", "not authorized for this data"))
            return
        channels = asked["params"].split(",")
        assert set(channels) == {f"{kind}.{symbol}" for symbol in self.market.symbols for kind in "TQ"}
        self.subscribed()
        for channel in channels:
            await socket.send(self._status("success", f"subscribed to: {channel}"))

    @staticmethod
    def _status(status: str, message: str) -> str:
        return json.dumps([{"ev": "status", "status": status, "message": message}])

    @staticmethod
    def _row(each: Print) -> dict[str, object]:
        return {
            "ev": "T",
            "sym": each.symbol,
            "x": ord(each.exchange),
            "i": str(each.number),
            "z": 3,
            "p": float(each.dollars),
            "s": each.size,
            "c": [14, 41],
            "t": each.ts // MILLI,
            "q": each.number,
        }

    def encode(self, prints: list[Print]) -> str:
        quote = {"ev": "Q", "sym": prints[0].symbol, "bx": 4, "bp": 469.99, "bs": 3, "ax": 7, "ap": 470.01}
        quote |= {"as": 4, "c": 0, "t": prints[0].ts // MILLI, "q": prints[0].number, "z": 3}
        return json.dumps([quote, *map(self._row, prints)])

    def corrupt(self, prints: list[Print], draw: random.Random) -> str | bytes:
        row = self._row(prints[0])
        wrong = draw.choice(({"p": -1}, {"p": "x"}, {"t": "yesterday"}, {"i": None}, {"s": -5}, {"t": 0}))
        return draw.choice((json.dumps([row | wrong]), broken(self.encode(prints), draw)))

    def route(self, method: str, path: str, query: dict[str, str], headers: dict[str, str]) -> Answer:
        if headers.get("authorization", "") != f"bearer {KEY}":
            return answer({"status": "ERROR"}, 401)
        if path.startswith("/v3/snapshot/options/"):
            return self._page(self.chain, path, query)
        if path.startswith("/v2/aggs/"):
            assert query["adjusted"] == "false"
            since, until = map(int, path.split("/")[-2:])
            return self._page([row for row in self.bars if since <= row["t"] <= until], path, query)
        symbol = path.removeprefix("/v3/trades/")
        assert query["order"] == "asc"
        since, until = int(query["timestamp.gte"]), int(query["timestamp.lte"])
        rows = [
            {
                "sip_timestamp": each.ts + 123_456,
                "participant_timestamp": each.ts,
                "price": float(each.dollars),
                "size": each.size,
                "id": str(each.number),
                "exchange": ord(each.exchange),
                "sequence_number": each.number,
                "conditions": [14, 41],
                "tape": 3,
            }
            for each in self.market.record(symbol, since, until)
        ]
        return self._page(rows, path, query)

    def _page(self, rows: list, path: str, query: dict[str, str]) -> Answer:
        begin = int(query.get("cursor", 0))
        end = begin + min(self.page, int(query["limit"]))
        found: dict[str, object] = {"status": "OK", "results": rows[begin:end]}
        if end < len(rows):
            again = "&".join(f"{name}={value}" for name, value in (query | {"cursor": str(end)}).items())
            found["next_url"] = f"{self.rest_url}{path}?{again}"
        return answer(found)
