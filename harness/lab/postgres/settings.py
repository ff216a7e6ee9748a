"""What a server's configuration files say."""

from collections.abc import Mapping

from harness.lab.addresses import DATABASE_PORT, HIDDEN
from harness.lab.postgres.schema import USER

ACCESS = "host all all 127.0.0.0/8 trust\nhost replication all 127.0.0.0/8 trust\n"

# fsync = off is safe against the death of processes, the only death there is here. A standby that lost its source asks
# again after wal_retrieve_retry_interval; the default of 5 s would dominate a failover.
COMMON = """\
unix_socket_directories = ''
max_connections = 200
shared_buffers = 16MB
huge_pages = off
dynamic_shared_memory_type = mmap
wal_level = replica
max_wal_senders = 10
wal_keep_size = 64MB
max_wal_size = 256MB
checkpoint_timeout = 30min
wal_log_hints = on
full_page_writes = on
fsync = off
hot_standby = on
wal_retrieve_retry_interval = 100ms
wal_receiver_status_interval = 1s
wal_receiver_timeout = 3s
wal_sender_timeout = 3s
recovery_target_timeline = latest
autovacuum = off
max_logical_replication_workers = 0
jit = off
log_timezone = UTC
timezone = UTC
log_line_prefix = '%m '
"""


def configuration(address: str, source_address: str | None, name: str, settings: Mapping[str, str]) -> str:
    """postgresql.conf of a server; `source_address` is where a replica dials its source, `name` what it says there."""
    lines = [COMMON, f"listen_addresses = '{address}'", f"port = {DATABASE_PORT + HIDDEN}"]
    if source_address:
        lines.append(f"primary_conninfo = '{connection_to(source_address)} application_name={name}'")
    lines += [f"{setting} = '{value}'" for setting, value in settings.items()]
    return "\n".join([*lines, ""])


def connection_to(address: str) -> str:
    """How a server dials another one: it notices within a second or two that nobody answers."""
    return (
        f"host={address} port={DATABASE_PORT} user={USER} sslmode=disable gssencmode=disable connect_timeout=2 "
        "tcp_user_timeout=1000 keepalives_idle=1 keepalives_interval=1 keepalives_count=2"
    )
