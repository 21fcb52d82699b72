"""How rooms run: mailbox, shell, sequencer, the live and the replay driver, recovery."""
