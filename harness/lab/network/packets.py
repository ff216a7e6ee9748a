"""Dropping packets inside the kernel: classic BPF programs on TCP sockets. Needs CAP_NET_ADMIN on most kernels."""

import ctypes
import errno
import socket
import struct
from collections.abc import Iterable, Mapping
from ipaddress import IPv4Network

_SO_ATTACH_FILTER, _SO_DETACH_FILTER = 26, 27
_NETWORK_HEADER = 0x100000000 - 0x100000  # SKF_NET_OFF
_SOURCE_ADDRESS = _NETWORK_HEADER + 12
_LOAD_WORD, _SHIFT_RIGHT, _AND, _JUMP_EQUAL, _RETURN = 0x20, 0x74, 0x54, 0x15, 0x06
_ALL = 0x40000

Instruction = tuple[int, int, int, int]


def drop_everything() -> list[Instruction]:
    """A filter that drops every packet."""
    return [(_RETURN, 0, 0, 0)]


def drop_by_third_octet(default: bool, exceptions: Mapping[int, bool]) -> list[Instruction]:
    """A filter that decides by the third octet of the source address: true drops."""
    program = [(_LOAD_WORD, 0, 0, _SOURCE_ADDRESS), (_SHIFT_RIGHT, 0, 0, 8), (_AND, 0, 0, 0xFF)]
    octets = [octet for octet, drop in exceptions.items() if drop != default]
    for left, octet in zip(range(len(octets), 0, -1), octets, strict=True):
        program.append((_JUMP_EQUAL, left, 0, octet))
    return [*program, _verdict(default), _verdict(not default)]


def drop_by_network(networks: Iterable[IPv4Network]) -> list[Instruction]:
    """The beginning of a filter: packets from networks are dropped, of the others decides what follows."""
    program: list[Instruction] = []
    for network in networks:
        program += [
            (_LOAD_WORD, 0, 0, _SOURCE_ADDRESS),
            (_AND, 0, 0, int(network.netmask)),
            (_JUMP_EQUAL, 0, 1, int(network.network_address)),
            _verdict(True),
        ]
    return program


def _verdict(drop: bool) -> Instruction:
    return (_RETURN, 0, 0, 0 if drop else _ALL)


def attach(sock: socket.socket, program: list[Instruction]) -> None:
    """Put a filter on a socket in place of the one it has."""
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *instruction) for instruction in program))
    header = struct.pack("HP", len(program), ctypes.addressof(code))
    sock.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, header)


def detach(sock: socket.socket) -> None:
    """Take the filter of a socket away, if it has one."""
    try:
        sock.setsockopt(socket.SOL_SOCKET, _SO_DETACH_FILTER, 0)
    except OSError as error:
        if error.errno != errno.ENOENT:
            raise


def can_drop() -> bool:
    """Whether this process may filter TCP packets."""
    with socket.socket() as sock:
        try:
            attach(sock, drop_everything())
        except PermissionError:
            return False
    return True
