"""``scan --index``: the published example through a file, and every way in which a file can be wrong."""

import sys
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "domain"))

import index_example as example

HEADER = "expiry,strike,call_bid,call_ask,put_bid,put_ask"
NOW = "2020-01-06T10:46-05:00"
NEAR, NEXT = "2020-01-30T09:30-05:00", "2020-02-06T16:00-05:00"
RATES = ("--rate", "0.00031664", "--rate-next", "0.00028797")


def lines(term, offset=-5):
    zone = timezone(timedelta(hours=offset))
    expiry = datetime.fromtimestamp(term.settlement // 10**9, UTC).astimezone(zone).isoformat()
    for row in zip(*term[2:], strict=True):
        yield ",".join((expiry, *(f"{value:.10g}" for value in row)))


@pytest.fixture
def chain(home):
    path = home / "chain.csv"
    path.write_text("\n".join((HEADER, *lines(example.near()), *lines(example.following()))) + "\n")
    return path


def scan(cli, path, *words, now=NOW, rates=RATES):
    return cli("scan", "--index", path, "--now", now, *rates, *words)


def test_the_worked_example_is_printed_to_its_digits(cli, chain):
    done = scan(cli, chain)
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines()[0] == "VIX-style index  13.93"
    for words in (
        "34,484 minutes",
        "F 1962.89996 · K0 1960 · 146 strikes, 1370 to 2125",
        "variance 0.019233906",
        "44,954 minutes",
        "F 1962.40006 · K0 1960 · 122 strikes, 1275 to 2200",
        "variance 0.019423884",
        "within: both terms are more than 23 and less than 37 days away",
    ):
        assert words in done.out


def test_the_json_has_the_index_its_terms_and_the_rule(cli, chain):
    told = scan(cli, chain, "--json").json
    assert told["index"] == pytest.approx(13.927842, abs=5e-7)
    near, following = told["terms"]
    assert (near["minutes"], following["minutes"]) == (34_484, 44_954)
    assert (near["k0"], near["strikes"], following["strikes"]) == (1960, 146, 122)
    assert near["forward"] == pytest.approx(1962.89996, abs=5e-6)
    assert following["variance"] == pytest.approx(0.019423884, abs=5e-10)
    assert near["weight"] + following["weight"] == 1.0
    assert told["term_rule"].startswith("within")
    assert told["extrapolated"] is False


def test_one_rate_serves_both_terms(cli, chain):
    both = scan(cli, chain, "--json", rates=("--rate", "0.001")).json
    assert [term["rate"] for term in both["terms"]] == [0.001, 0.001]
    assert both["index"] != scan(cli, chain, "--json").json["index"]


def test_the_order_of_rows_and_columns_the_zone_and_a_byte_order_mark_do_not_matter(cli, chain):
    known = scan(cli, chain, "--json").out
    rows = [*lines(example.following(), 0), *lines(example.near(), 3)]
    turned = [row.split(",") for row in [HEADER, *rows[::-1], ""]]
    chain.write_text("﻿" + "\n".join(",".join(row[::-1]) for row in turned))
    assert scan(cli, chain, "--json", now="2020-01-06T15:46:00Z").out == known


def test_outside_the_rule_the_answer_says_so(cli, chain):
    late = scan(cli, chain, "--json", now="2020-01-20T10:46-05:00").json
    assert late["term_rule"].startswith("outside: the terms are 9.9 and 17.2 days away")
    assert late["extrapolated"] is True
    assert "extrapolated to 30 days" in late["term_rule"]
    early = scan(cli, chain, now="2020-01-07T12:00-05:00")
    assert "not both more than 23 and less than 37; interpolated" in early.out


def test_of_three_expiries_the_two_around_30_days_are_taken(cli, chain):
    third = [row.replace("2020-02-06", "2020-03-20") for row in lines(example.following())]
    chain.write_text(chain.read_text() + "\n".join(third))
    assert scan(cli, chain, "--json").json["index"] == pytest.approx(13.927842, abs=5e-7)
    refused = scan(cli, chain, now="2020-01-20T10:46-05:00")
    assert refused.code == 4
    assert "NO_TERMS" in refused.error


def test_an_empty_quote_is_an_absent_one(cli, chain):
    known = scan(cli, chain, "--json").out
    text = chain.read_text().replace(",0,0.1\n", ",,\n")
    assert text != chain.read_text()
    chain.write_text(text)
    assert scan(cli, chain, "--json").out == known


def rewritten(old, new):
    return lambda text: text.replace(old, new, 1)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda text: "", "chain.csv:1: the header is not"),
        (lambda text: HEADER, "no row below the header"),
        (lambda text: text.partition("\n")[2], "chain.csv:1: the header is not"),
        (rewritten("call_bid", "bid"), "chain.csv:1: the header is not"),
        (rewritten(",1345,", ","), "chain.csv:2: 5 cells, the header has 6"),
        (rewritten("-05:00,1345,", ",1345,"), "chain.csv:2: expiry '2020-01-30T09:30:00' is no instant"),
        (rewritten("2020-01-30T", "soon"), "chain.csv:2: expiry"),
        (rewritten(",1345,", ",x,"), "chain.csv:2: strike 'x' is no number"),
        (rewritten(",1345,", ",0,"), "chain.csv:2: strike '0' is not above 0"),
        (rewritten(",1345,", ",,"), "chain.csv:2: strike '' is not above 0"),
        (rewritten(",1345,", ",1350,"), "chain.csv:3: strike 1350 comes twice"),
        (rewritten(",0,0.1\n", ",nan,0.1\n"), "put_bid 'nan' is no number"),
        (rewritten(",0,0.1\n", ",inf,0.1\n"), "put_bid 'inf' is no number"),
        (rewritten(",0,0.1\n", ",-1,0.1\n"), "put_bid '-1' is no number"),
        (rewritten(",0,0.1\n", ",1_0,0.1\n"), "put_bid '1_0' is no number"),
        (rewritten(",0,0.1\n", ",1e999,0.1\n"), "put_bid '1e999' is no number"),
        (rewritten(",0,0.1\n", ",0.2,0.1\n"), "(CROSSED): the put at 1345 is bid 0.2 and asked 0.1"),
        (lambda text: text.replace("2020-02-06T16:00", "2020-01-30T09:30"), "comes twice"),
        (lambda text: text[: text.index("2020-02-06")], "(SINGLE_EXPIRY)"),
        (lambda text: "\n".join(text.splitlines()[:4] + text.splitlines()[-4:]), "(SPARSE)"),
        (lambda text: text.replace("2020-01-30", "2020-01-03"), "(EXPIRED)"),
        (rewritten("-05:00,1345", '"-05:00,1345'), "chain.csv:2: expiry"),
    ],
)
def test_a_file_that_is_no_chain_is_one_line_with_its_place_and_code_4(cli, chain, change, says):
    chain.write_text(change(chain.read_text()))
    failed = scan(cli, chain)
    assert failed.code == 4
    assert says in failed.error
    assert "chain.csv" in failed.error
    assert failed.out == ""


def test_bytes_that_are_no_text_are_one_line_with_code_4(cli, chain):
    chain.write_bytes(b"\xff\xfe\x00" * 100)
    assert "no CSV text" in scan(cli, chain).error
    assert scan(cli, chain).code == 4


def test_a_file_that_does_not_exist_is_code_2_and_a_folder_is_one_line(cli, home):
    failed = scan(cli, home / "nowhere.csv")
    assert (failed.code, "no such file" in failed.error) == (2, True)
    assert scan(cli, home).code == 1


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ((), "--index"),
        (("--index", "chain.csv"), "--now"),
        (("--index", "chain.csv", "--now", NOW), "--rate"),
        (("--index", "chain.csv", "--now", "today", *RATES), "'today' is no instant"),
        (("--index", "chain.csv", "--now", "2020-01-06T10:46", *RATES), "UTC offset"),
        (("--index", "chain.csv", "--now", NOW, "--rate", "4.5"), "4.5 is no yearly rate: write 0.045"),
        (("--index", "chain.csv", "--now", NOW, "--rate", "nan"), "no yearly rate"),
        (("--index", "chain.csv", "--now", NOW, "--rate", "0.04", "--rate-next", "-3"), "--rate-next"),
        (("--index", "chain.csv", "--now", NOW, "--rate", "much"), "--rate"),
    ],
)
def test_wrong_options_are_told_in_one_line_with_code_2(cli, chain, words, says):
    failed = cli("scan", *words)
    assert failed.code == 2
    assert says in failed.error
    assert failed.out == ""
