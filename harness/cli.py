"""The `drill` command. Heavy imports happen inside the commands, so that `drill --help` answers at once."""

import argparse
import os
import sys

# typing and pathlib would cost a third of the time of `drill --help`; type checkers take this name for true.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from typing import Any

    Commands = argparse._SubParsersAction["_Parser"]

if sys.version_info < (3, 11):  # noqa: UP036  pip refuses too; this is for a checkout that is run directly
    sys.exit("refused: Drill needs Python 3.11 or newer")

EPILOG = "exit codes of run: 0 pass, 1 fail, 2 inconclusive, 3 refused, 4 aborted, 5 not healed, 70 a crash of Drill"


class _Formatter(argparse.HelpFormatter):
    """As wide as the terminal. Without a width argparse imports shutil, and asks it anew for every argument."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=_WIDTH)


class _Parser(argparse.ArgumentParser):
    """The parser of drill and, as argparse hands the class on, of each of its commands."""

    def __init__(self, **more: "Any") -> None:
        super().__init__(formatter_class=_Formatter, **more)


def _columns() -> int:
    asked = os.environ.get("COLUMNS", "")
    if asked.isdecimal() and int(asked) > 2:
        return int(asked)
    try:
        return os.get_terminal_size(1).columns or 80
    except OSError:
        return 80


_WIDTH = _columns() - 2


def main(arguments: "Sequence[str] | None" = None) -> int:
    """Run one command; returns its exit code."""
    options = _parser().parse_args(arguments)
    from harness.errors import HarnessError

    try:
        return int(options.command(options))
    except HarnessError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="drill",
        description="Chaos and disaster-recovery drills for AWS, judged by what clients saw.",
        epilog=EPILOG,
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add_run(commands)
    _add_check(commands)
    _add_faults(commands)
    _add_profiles(commands)
    _add_judge(commands)
    _add_report(commands)
    _add_verify(commands)
    _add_sign(commands)
    _add_redact(commands)
    _add_compare(commands)
    _add_trend(commands)
    _add_repeats(commands)
    _add_accept(commands)
    _add_heal(commands)
    _add_lab(commands)
    return parser


def _path(text: str) -> "Path":
    from pathlib import Path

    return Path(text)


def _add_run(commands: "Commands") -> None:
    run = commands.add_parser("run", help="carry out the drills of feature files", epilog=EPILOG)
    run.add_argument("features", nargs="+", type=_path, metavar="FEATURE")
    run.add_argument("-k", dest="keyword", default="", help="only scenarios whose name matches, as in pytest")
    run.add_argument("--stack", type=_path, help="stack file to use instead of the one that the drill names")
    run.add_argument("--results", type=_path, default="results", help="where evidence is kept (default: results)")
    run.add_argument("--json", action="store_true", help="print a JSON summary for machines at the end")
    run.add_argument("--repeat", type=int, metavar="N", help="the same N times in a row, and what the runs add up to")
    run.add_argument("--judge-on", metavar="WHAT", help="with --repeat: all (default), median or a percentile as P90")
    run.add_argument(
        "--ui", action="store_true", help="show Locust's web UI on a port of loopback while the drill runs"
    )
    run.add_argument("--expect-workers", type=int, metavar="N", help="wait for N load workers of other machines")
    run.add_argument("--bind-host", metavar="HOST", help="where they find the master (default: 127.0.0.1)")
    run.add_argument("--bind-port", type=int, metavar="PORT", help="and on which port (default: 5557)")
    run.add_argument(
        "--accept-first",
        action="store_true",
        help="where no run of a drill was accepted yet, accept this one as its baseline",
    )
    run.set_defaults(command=_run)


def _add_repeats(commands: "Commands") -> None:
    repeats = commands.add_parser(
        "repeats",
        help="add the runs of drill run --repeat up again, from their folders",
        epilog="exit code 0: pass; 1: fail; 2: inconclusive; 3: there are no repeats",
    )
    repeats.add_argument("repeats", type=_path, metavar="REPEATS", help="a file or folder results/<drill>/repeats")
    repeats.add_argument("--judge-on", metavar="WHAT", help="all, median or a percentile instead of what was declared")
    repeats.add_argument("--html", type=_path, metavar="FILE", help="write a page that needs nothing else")
    repeats.add_argument("--json", action="store_true", help="print JSON")
    repeats.set_defaults(command=_repeats)


def _add_check(commands: "Commands") -> None:
    check = commands.add_parser("check", help="check feature files and FIS templates without touching anything")
    check.add_argument("files", nargs="+", type=_path, metavar="FILE", help="a feature, an FIS template or a folder")
    check.add_argument("--stack", type=_path, help="stack file to use instead of the one that the drill names")
    check.add_argument("--json", action="store_true", help="print JSON")
    check.set_defaults(command=_check)


def _add_faults(commands: "Commands") -> None:
    faults = commands.add_parser("faults", help="what AWS FIS can break, and what of it the lab makes real")
    faults.add_argument(
        "fault", nargs="?", metavar="FAULT", help="explain this one, such as aws:ec2:stop-instances or 'region loss'"
    )
    faults.add_argument("--json", action="store_true", help="print JSON")
    faults.set_defaults(command=_faults)


def _add_profiles(commands: "Commands") -> None:
    profiles = commands.add_parser("profiles", help="the load profiles of this project, and what they look like")
    profiles.add_argument("profile", nargs="?", metavar="PROFILE", help="draw this one, such as black-friday")
    profiles.add_argument("--svg", type=_path, metavar="FILE", help="also write the drawing to a file")
    profiles.add_argument("--json", action="store_true", help="print JSON, with every point")
    profiles.set_defaults(command=_profiles)


def _add_judge(commands: "Commands") -> None:
    judge = commands.add_parser("judge", help="judge a run again from its folder alone")
    judge.add_argument("run", type=_path, metavar="RUN", help="a folder results/<drill>/<time>")
    judge.add_argument("--criteria", metavar="FILE", help="a profile to judge by instead; the folder stays as it is")
    judge.add_argument("--json", action="store_true", help="print the findings exactly as findings.json holds them")
    judge.set_defaults(command=_judge)


def _add_report(commands: "Commands") -> None:
    report = commands.add_parser("report", help="write the reports of a run again")
    report.add_argument("run", type=_path, metavar="RUN")
    report.set_defaults(command=_report)


def _add_verify(commands: "Commands") -> None:
    verify = commands.add_parser(
        "verify",
        help="was anything in the folder of a run changed, is missing or was added?",
        epilog="exit code 0: verified; 1: not verified; 3: there is no run, or the key is none",
    )
    verify.add_argument("run", type=_path, metavar="RUN", help="a folder results/<drill>/<time>")
    verify.add_argument("--key", type=_path, metavar="FILE", help="the key it has to be signed with, public or private")
    verify.add_argument("--json", action="store_true", help="print JSON")
    verify.set_defaults(command=_verify)


def _add_sign(commands: "Commands") -> None:
    sign = commands.add_parser("sign", help="sign the folder of a run, once it is verified")
    sign.add_argument("run", type=_path, metavar="RUN", help="a folder results/<drill>/<time>")
    sign.add_argument("--key", type=_path, metavar="FILE", required=True, help="a private Ed25519 key, PEM or OpenSSH")
    sign.set_defaults(command=_sign)


def _add_redact(commands: "Commands") -> None:
    redact = commands.add_parser(
        "redact",
        help="copy the folder of a run without what tells whose system it was",
        epilog="exit code 0: the copy is there and verified; 3: refused, and nothing is there",
    )
    redact.add_argument("run", type=_path, metavar="RUN", help="a folder results/<drill>/<time>")
    redact.add_argument("--to", type=_path, metavar="FOLDER", required=True, help="the copy; it must not be there yet")
    redact.add_argument(
        "--map", type=_path, metavar="FILE", help="also write what stands for what; keep it to yourself"
    )
    redact.add_argument("--hide", action="append", default=[], metavar="WORD", help="one more word to replace")
    redact.add_argument("--keep", action="append", default=[], metavar="WORD", help="a word that is no secret")
    redact.add_argument("--json", action="store_true", help="print JSON")
    redact.set_defaults(command=_redact)


def _add_compare(commands: "Commands") -> None:
    compare = commands.add_parser(
        "compare",
        help="hold runs against the first one, measure by measure",
        epilog="exit code 0: nothing got worse; 1: a regression; 2: something cannot be compared",
    )
    compare.add_argument("runs", nargs="+", type=_path, metavar="RUN")
    _add_comparison(compare)
    compare.set_defaults(command=_compare)


def _add_trend(commands: "Commands") -> None:
    trend = commands.add_parser("trend", help="follow each drill from run to run")
    trend.add_argument("results", nargs="?", type=_path, metavar="RESULTS", default="results")
    _add_comparison(trend)
    trend.set_defaults(command=_trend)


def _add_comparison(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--tolerance", type=float, default=0.0, metavar="PERCENT", help=_TOLERANCE)
    parser.add_argument("--html", type=_path, metavar="FILE", help="write a page that needs nothing else")
    parser.add_argument("--json", action="store_true", help="print JSON")


def _add_accept(commands: "Commands") -> None:
    accept = commands.add_parser(
        "accept",
        help="accept a run: later runs of its drill are held against it",
        epilog="exit code 0: accepted, or listed; 3: refused",
    )
    accept.add_argument("run", nargs="?", type=_path, metavar="RUN", help="a folder results/<drill>/<time>")
    accept.add_argument("--even-though-it-failed", action="store_true", help="accept a run that is no PASS")
    accept.add_argument("--list", action="store_true", help="list the accepted runs below --results")
    accept.add_argument("--results", type=_path, default="results")
    accept.add_argument("--json", action="store_true", help="print JSON")
    accept.set_defaults(command=_accept)


_TOLERANCE = "by how much of the earlier value a measure may get worse beyond its resolution (default: 0)"


def _add_heal(commands: "Commands") -> None:
    heal = commands.add_parser("heal", help="put back what drills that died left behind")
    heal.add_argument("runs", nargs="*", type=_path, metavar="RUN", help="default: every unfinished run in --results")
    heal.add_argument("--results", type=_path, default="results")
    heal.set_defaults(command=_heal)


def _add_lab(commands: "Commands") -> None:
    lab = commands.add_parser("lab", help="the embedded lab: a multi-region stack on loopback")
    words = lab.add_subparsers(metavar="WORD", required=True)
    up = words.add_parser("up", help="start a lab that stays up")
    up.add_argument("--slot", type=int, help="address block 127.SLOT.0.0/16 (default: the first free one)")
    up.add_argument(
        "--stack", type=_path, help="a stack file with a lab recipe (default: scenarios/stacks/storefront.yaml)"
    )
    up.set_defaults(command=_lab_up)
    down = words.add_parser("down", help="stop labs")
    down.add_argument("--slot", type=int, help="only this one")
    down.set_defaults(command=_lab_down)
    status = words.add_parser("status", help="list the labs that run; exit code 1 when there is none")
    status.add_argument("--json", action="store_true")
    status.set_defaults(command=_lab_status)
    descriptor = words.add_parser("descriptor", help="print the stack descriptor of a running lab")
    descriptor.add_argument("--slot", type=int)
    descriptor.set_defaults(command=_lab_descriptor)


def _run(options: argparse.Namespace) -> int:
    _use_stack(options.stack)
    _use_load(options)
    if options.repeat is not None or options.judge_on:
        from harness import repeat_commands

        how = (options.repeat, options.judge_on or "all")
        return repeat_commands.run(options.features, options.keyword, options.results, *how, as_json=options.json)
    from harness import accept_command, commands

    first = accept_command.accept_firsts if options.accept_first else None
    return commands.run(options.features, options.keyword, options.results, as_json=options.json, conclude=first)


def _repeats(options: argparse.Namespace) -> int:
    from harness import repeat_commands

    return repeat_commands.show(options.repeats, options.judge_on, options.html, as_json=options.json)


def _check(options: argparse.Namespace) -> int:
    from harness import check_command

    _use_stack(options.stack)
    return check_command.check(options.files, as_json=options.json)


def _faults(options: argparse.Namespace) -> int:
    from harness import fault_commands

    return fault_commands.show(options.fault, as_json=options.json)


def _profiles(options: argparse.Namespace) -> int:
    from harness import profile_commands

    return profile_commands.show(options.profile, options.svg, as_json=options.json)


def _use_stack(stack: "Path | None") -> None:
    if stack is not None:
        os.environ["DRILL_STACK"] = str(stack.resolve())


def _use_load(options: argparse.Namespace) -> None:
    """How the load is generated: left for harness.load.generator, once it can be read from there."""
    from harness.load.generator import BIND, EXPECT_WORKERS, LOCUST_PORT, LOOPBACK, UI, Generator

    if options.ui:
        os.environ[UI] = "1"
    if options.bind_host or options.bind_port:
        os.environ[BIND] = f"{options.bind_host or LOOPBACK}:{options.bind_port or LOCUST_PORT}"
    if options.expect_workers is not None:
        os.environ[EXPECT_WORKERS] = str(options.expect_workers)
    how = Generator.asked_for()
    if how.expect_workers:
        where = f"--master-host {how.bind.host} --master-port {how.bind.port}"
        command = f"python -m locust -f loadtests/storefront.py --worker {where}"
        print(f"load: each drill waits for {how.expect_workers} workers; start so many of: {command}")


def _judge(options: argparse.Namespace) -> int:
    from harness import commands

    if options.criteria:
        return commands.judge_by(options.run, options.criteria, as_json=options.json)
    return commands.judge(options.run, as_json=options.json)


def _report(options: argparse.Namespace) -> int:
    from harness import commands

    return commands.report(options.run)


def _verify(options: argparse.Namespace) -> int:
    from harness import evidence_commands

    return evidence_commands.verify(options.run, options.key, as_json=options.json)


def _sign(options: argparse.Namespace) -> int:
    from harness import evidence_commands

    return evidence_commands.sign(options.run, options.key)


def _redact(options: argparse.Namespace) -> int:
    from harness import evidence_commands

    how = {"hide": options.hide, "keep": options.keep, "kept_map": options.map, "as_json": options.json}
    return evidence_commands.redact(options.run, options.to, **how)


def _compare(options: argparse.Namespace) -> int:
    from harness import comparison_commands

    return comparison_commands.compare(options.runs, options.tolerance, options.html, as_json=options.json)


def _trend(options: argparse.Namespace) -> int:
    from harness import comparison_commands

    return comparison_commands.trend(options.results, options.tolerance, options.html, as_json=options.json)


def _accept(options: argparse.Namespace) -> int:
    from harness import accept_command

    if options.list:
        return accept_command.show(options.results, as_json=options.json)
    return accept_command.accept(options.run, anyway=options.even_though_it_failed, as_json=options.json)


def _heal(options: argparse.Namespace) -> int:
    from harness import commands

    return commands.heal(options.runs, options.results)


def _lab_up(options: argparse.Namespace) -> int:
    from harness import lab_commands

    return lab_commands.up(options.slot, options.stack)


def _lab_down(options: argparse.Namespace) -> int:
    from harness import lab_commands

    return lab_commands.down(options.slot)


def _lab_status(options: argparse.Namespace) -> int:
    from harness import lab_commands

    return lab_commands.status(as_json=options.json)


def _lab_descriptor(options: argparse.Namespace) -> int:
    from harness import lab_commands

    return lab_commands.descriptor(options.slot)


if __name__ == "__main__":
    sys.exit(main())
