"""The disk of an instance and the log of orders on it."""

import errno
from pathlib import Path

import pytest

from harness.lab.storefront.disk import DISK_BYTES, Disk, OrderLog


def test_a_disk_takes_what_it_has_room_for_and_no_more(tmp_path: Path) -> None:
    disk = Disk(tmp_path / "disk", 100)
    disk.take(60)
    assert disk.takes(41) is False
    assert (disk.used, disk.free) == (60, 40)
    with pytest.raises(OSError, match="no space left on the instance's disk") as full:
        disk.take(41)
    assert full.value.errno == errno.ENOSPC
    assert disk.take_up_to(50) == 40
    assert disk.take_up_to(50) == 0
    disk.give_back(70)
    assert disk.takes(70)


def test_what_a_killed_process_left_is_gone_but_for_its_orders(tmp_path: Path) -> None:
    log = OrderLog(Disk(tmp_path))
    log.append("a", "SKU-01")
    log.close()
    (tmp_path / "fill-it").write_bytes(b"x" * 1000)
    disk = Disk(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["orders.log"]
    assert disk.used == len("a SKU-01\n")
    again = OrderLog(disk)
    again.append("b", "SKU-02")
    again.close()
    assert (tmp_path / "orders.log").read_text() == "a SKU-01\nb SKU-02\n"


def test_a_full_disk_takes_no_order_until_there_is_room(tmp_path: Path) -> None:
    disk = Disk(tmp_path, 100)
    log = OrderLog(disk)
    log.append("first", "SKU-01")
    filled = disk.take_up_to(100)
    with pytest.raises(OSError, match="no space left"):
        log.append("second", "SKU-01")
    disk.give_back(filled)
    log.append("third", "SKU-01")
    log.close()
    assert (tmp_path / "orders.log").read_text() == "first SKU-01\nthird SKU-01\n"


@pytest.mark.parametrize("before", [0, 2_000, 6_000])
def test_the_log_keeps_two_segments_and_so_never_fills_what_is_left_of_a_disk_at_95_percent(
    tmp_path: Path, before: int
) -> None:
    disk = Disk(tmp_path)
    log = OrderLog(disk)
    for number in range(before):
        log.append(f"{number:0400}", "SKU-01")
    disk.take(DISK_BYTES * 95 // 100 - disk.used)
    for number in range(7_000):
        log.append(f"{number:0400}", "SKU-01")
    log.close()
    files = {path.name: path.stat().st_size for path in tmp_path.iterdir()}
    assert set(files) == {"orders.log", "orders.log.1"}
    assert sum(files.values()) < 2.1 * (1 << 20)
