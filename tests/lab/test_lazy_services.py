"""What a lab loads before anybody asks for it."""

import subprocess
import sys

LAZY = ("moto.dynamodb", "moto.s3", "harness.lab.control.tables_api", "harness.lab.control.buckets_api")


def test_a_lab_starts_without_the_services_that_few_drills_ask_for() -> None:
    imported = "import sys, harness.lab.control.plane, harness.lab.descriptor"
    code = f"{imported}; print(*(m for m in {LAZY} if m in sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
