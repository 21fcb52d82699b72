from tradingfloor.storage.verify import verify


def test_a_good_store_passes(good_store):
    report = verify(good_store)
    for invariant in report.invariants:
        print(invariant)
    assert report.ok
