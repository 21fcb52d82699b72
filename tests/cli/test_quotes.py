"""Quotes as a user sees them: at the end of a run, and in the status of its store."""

import zipfile

import pytest

MEMBER = "20151224_goog_minute_quote_american_{}_20160115.csv"
GOOD = "34200000,1000,1000,1000,1000,5,1500,1500,1500,1500,6\n"
COUNTED = {
    "symbol": "GOOG",
    "received": 5,
    "accepted": 2,
    "contracts": 2,
    "two_sided": 1,
    "refused": {"BAD_TIME": 1, "CROSSED": 1, "OUT_OF_SESSION": 1},
}


@pytest.fixture
def chain(home):
    rows = {
        "call_7500000": GOOD + "34260000,2000,2000,2000,2000,5,1500,1500,1500,1500,6\nx" + GOOD,
        "put_7500000": "34200000,,,,,0,1500,1500,1500,1500,6\n" + GOOD.replace("34200000", "46800000"),
    }
    with zipfile.ZipFile(home / "20151224_quote_american.zip", "w") as archive:
        for contract, text in rows.items():
            archive.writestr(MEMBER.format(contract), text)
    return "replay:20151224_quote_american.zip"


def test_the_end_of_a_run_and_the_status_of_its_store_count_quotes_by_reason(cli, chain):
    done = cli("run", "--feed", chain, "--symbol", "GOOG", "--store", "a.db", "--json", "--grpc", "off")
    assert done.code == 0, done.err
    assert done.json["quotes"] == [COUNTED]
    assert cli("status", "--store", "a.db", "--json").json["quotes"] == [COUNTED]
    said = (
        "GOOG 5 received · 2 accepted · 2 contracts · 1 two-sided · BAD_TIME 1 · CROSSED 1 · OUT_OF_SESSION 1"
    )
    assert said in cli("status", "--store", "a.db").out
    told = cli("run", "--feed", chain, "--symbol", "GOOG", "--store", "b.db", "--grpc", "off")
    assert said in told.out
