"""The SSM documents that FIS brings for aws:ssm:send-command; Linux on EC2 only."""

from dataclasses import dataclass

from harness.fis.parameter import PORT, Parameter, boolean, listed, milliseconds, one_of, percent, text, whole

_SECONDS = whole("DurationSeconds", required=True)
_DEPENDENCIES = boolean("InstallDependencies", "True")
_TRAFFIC = one_of("TrafficType", "ingress", "egress", default="ingress")


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A document, its parameters, and whether it is one of those that cannot run beside each other (`network`)."""

    name: str
    about: str
    parameters: tuple[Parameter, ...]
    network: bool = False


def _lasting(name: str, about: str, *parameters: Parameter, network: bool = False) -> Document:
    return Document(name=name, about=about, parameters=(_SECONDS, _DEPENDENCIES, *parameters), network=network)


DOCUMENTS: dict[str, Document] = {
    each.name: each
    for each in (
        _lasting("AWSFIS-Run-CPU-Stress", "CPUs are kept busy.", whole("CPU", "0"), percent("LoadPercent", "100")),
        _lasting("AWSFIS-Run-Disk-Fill", "A disk is filled.", percent("Percent", "95")),
        _lasting("AWSFIS-Run-IO-Stress", "Disks are kept busy.", whole("Workers", "1"), percent("Percent", "80")),
        Document(
            name="AWSFIS-Run-Kill-Process",
            about="A process is killed.",
            parameters=(_DEPENDENCIES, text("ProcessName", required=True), text("Signal", "SIGTERM")),
        ),
        _lasting(
            "AWSFIS-Run-Memory-Stress", "Memory is filled.", percent("Percent", required=True), whole("Workers", "1")
        ),
        _lasting(
            "AWSFIS-Run-Network-Blackhole-Port",
            "Traffic at a port is dropped.",
            one_of("Protocol", "tcp", "udp", required=True),
            whole("Port", required=True, most=PORT),
            _TRAFFIC,
            network=True,
        ),
        _lasting(
            "AWSFIS-Run-Network-Latency",
            "Packets of an interface are delayed.",
            text("Interface", "eth0"),
            milliseconds("DelayMilliseconds", "200"),
            network=True,
        ),
        _lasting(
            "AWSFIS-Run-Network-Latency-Sources",
            "Packets from or to some addresses are delayed.",
            listed("Sources", required=True),
            text("Interface", "DEFAULT"),
            milliseconds("DelayMilliseconds", "200"),
            milliseconds("JitterMilliseconds", "10"),
            percent("FlowsPercent", "100"),
            _TRAFFIC,
            network=True,
        ),
        _lasting(
            "AWSFIS-Run-Network-Packet-Loss",
            "Packets of an interface are lost.",
            text("Interface", "eth0"),
            percent("LossPercent", "7"),
            network=True,
        ),
        _lasting(
            "AWSFIS-Run-Network-Packet-Loss-Sources",
            "Packets from or to some addresses are lost.",
            listed("Sources", required=True),
            text("Interface", "DEFAULT"),
            percent("LossPercent", "7"),
            percent("FlowsPercent", "100"),
            _TRAFFIC,
            network=True,
        ),
    )
}
