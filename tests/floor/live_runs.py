"""A live floor played to the end of its tape."""

from tradingfloor.floor import TradingFloor


def run_live(config, store, **options):
    """The status at the end."""
    with TradingFloor(config, store=store, **options) as floor:
        floor.begin()
        assert floor.wait(60)
        assert floor.ended == ""
        return floor.status()
