"""What master and workers say to each other over Locust's own channel, beside what Locust says itself.

Times are monotonic ns of the clock of whoever the message goes to; those of the master are converted by the master.
"""

SETTINGS = "drill_settings"  # worker: send me the settings; master: {"settings": JSON}
HELLO = "drill_hello"  # worker: {"host", "remote"}
PING = "drill_ping"  # master: {"sent"} of its own clock
PONG = "drill_pong"  # worker: {"sent" as it was asked, "answered" of its own clock, "waiting", "relieved"}
GO = (
    "drill_go"  # master: {"number", "start", "since", "begin" or None, "offset", "parts": {population: [index, count]}}
)
RECORDS = "drill_records"  # worker: {"lines"} of a file that the master keeps
STOP = "drill_stop"  # master: {"at"}
DONE = "drill_done"  # worker: its records are closed

PING_EVERY = 0.2
LEASE = 1.5
LOST_AFTER = 2.5
