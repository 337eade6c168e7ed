"""Where this process runs, as far as it matters to whoever wants to connect to it: a container, WSL, the near end of a VPN.

What belongs here: signs that an address which we see of ourselves is none that others can reach. What cannot be found out on a
system counts as not so.
"""

from __future__ import annotations

import ipaddress
import socket
from pathlib import Path

from . import platform

__all__ = ["hidden_by", "in_wsl", "interface_of"]

_TUNNELS = ("tun", "tap", "utun", "ppp", "wg", "ipsec", "vti", "cscotun", "gpd", "tailscale", "zt", "nordlynx", "vpn")
"""How network interfaces of VPNs are named (OpenVPN, WireGuard, AnyConnect, GlobalProtect, Tailscale, ZeroTier, ...)."""
_SHARED = ipaddress.ip_network("100.64.0.0/10")
"""Addresses that a carrier or a mesh VPN hands out behind its own translation (RFC 6598)."""
_OS_RELEASE = Path("/proc/sys/kernel/osrelease")
_IPV6_ADDRESSES = Path("/proc/net/if_inet6")


def hidden_by(address: str | None) -> str:
    """Say what stands between others and an address of this computer; empty when nothing is known of it.

    Parameters
    ----------
    address : str or None
        IP address, or name, of this computer as it sees itself.

    Returns
    -------
    str
        ``"container"``, ``"WSL"``, ``"VPN"`` or ``""``.

    Examples
    --------
    >>> hidden_by("127.0.0.1"), hidden_by("100.100.7.9") in ("container", "WSL", "VPN")
    ('', True)
    """
    if address is not None and _is_loopback(address):
        return ""
    if platform.in_container():
        return "container"
    if in_wsl():
        return "WSL"
    return "VPN" if address is not None and _is_tunnel(address) else ""


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return address == "localhost"


def in_wsl() -> bool:
    """Tell whether this is a Linux within Windows, whose addresses the hospital's network does not see."""
    try:
        return "microsoft" in _OS_RELEASE.read_text(encoding="ascii", errors="replace").lower()
    except OSError:
        return False


def _is_tunnel(address: str) -> bool:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:  # a name, as a user may bind to one
        return False
    return (parsed.version == 4 and parsed in _SHARED) or interface_of(address).lower().startswith(_TUNNELS)


def interface_of(address: str) -> str:
    """Name of the network interface that has an address; empty where the system does not say.

    Examples
    --------
    >>> interface_of("127.0.0.1") in ("lo", "lo0", "")
    True
    """
    if ":" in address:
        return _interface_of_ipv6(address)
    names = [name for _, name in socket.if_nameindex()] if hasattr(socket, "if_nameindex") else []
    return next((name for name in names if platform.interface_address(name) == address), "")


def _interface_of_ipv6(address: str) -> str:
    wanted = ipaddress.ip_address(address.partition("%")[0]).packed.hex()
    try:
        lines = _IPV6_ADDRESSES.read_text(encoding="ascii").splitlines()
    except OSError:
        return ""
    return next((line.split()[-1] for line in lines if line.startswith(wanted)), "")
