"""What a test compares of two stores."""

import sqlite3
from contextlib import closing

from tradingfloor.storage.ledger_hash import ledger_hash


def hash_of(store):
    with closing(sqlite3.connect(store)) as connection:
        return ledger_hash(connection)
