"""k6 with a constant arrival rate, where it is installed: what its own summary says."""

import json
import shutil
import subprocess
import tempfile
from pathlib import Path

from bench.said import PERCENTS, Said
from bench.troubles import URL, Plan, serving

USERS = 1000  # made before the load begins: k6 skips what is due while all of them wait
SCRIPT = """
import http from "k6/http";
export const options = {
  scenarios: { all: {
    executor: "constant-arrival-rate", rate: %(rate)d, timeUnit: "1s", duration: "%(seconds)ds",
    preAllocatedVUs: %(users)d, maxVUs: %(users)d, gracefulStop: "5s",
  } },
  summaryTrendStats: [%(stats)s],
};
export default function () { http.get("%(url)s/catalogue", { timeout: "5s" }); }
"""


def found() -> bool:
    """Whether there is one."""
    return shutil.which("k6") is not None


def k6(plan: Plan, seconds: float) -> Said:
    """Its statistics over the same schedule. It counts from the sending and leaves connecting out."""
    stats = ", ".join(f'"p({p})"' for p in PERCENTS)
    told = {"rate": plan.rate, "seconds": round(seconds), "users": USERS, "stats": stats, "url": URL}
    with tempfile.TemporaryDirectory() as name, serving(plan, Path(name)):
        script, summary = Path(name, "script.js"), Path(name, "summary.json")
        script.write_text(SCRIPT % told)
        command = ["k6", "run", "--quiet", "--no-usage-report", "--summary-export", str(summary), str(script)]
        subprocess.run(command, check=True, capture_output=True)
        metrics = json.loads(summary.read_text())["metrics"]
    latency = {p: float(metrics["http_req_duration"][f"p({p})"]) for p in PERCENTS}
    failed = float(metrics["http_req_failed"]["value"])
    return Said(requests=int(metrics["http_reqs"]["count"]), latency=latency, availability=100 * (1 - failed))
