"""Signs that an address of ours is none that others can reach: containers, WSL, VPNs, with every branch forced."""

from __future__ import annotations

import pytest

from dicommove import platform, surroundings
from dicommove.surroundings import hidden_by, in_wsl, interface_of


@pytest.fixture(autouse=True)
def _plain_host(monkeypatch, tmp_path):
    """A computer without any of it, wherever the tests run."""
    monkeypatch.setattr(platform, "in_container", lambda: False)
    (tmp_path / "osrelease").write_text("6.1.0-13-amd64\n")
    monkeypatch.setattr(surroundings, "_OS_RELEASE", tmp_path / "osrelease")


def test_a_plain_computer_hides_nothing(monkeypatch):
    """An address on a common interface, none at all, a name and loopback are not hidden."""
    monkeypatch.setattr(surroundings, "interface_of", lambda _: "eth0")
    assert [hidden_by(address) for address in ("10.0.0.5", None, "workstation7", "127.0.0.1", "::1")] == [""] * 5


def test_a_container_hides_all_but_loopback(monkeypatch):
    """What runs on the same computer is reached all the same."""
    monkeypatch.setattr(platform, "in_container", lambda: True)
    assert (hidden_by("172.17.0.2"), hidden_by("127.0.0.1")) == ("container", "")


def test_wsl_is_known_by_its_kernel(tmp_path, monkeypatch):
    """The kernel names its maker; where it cannot be read there is none."""
    (tmp_path / "osrelease").write_text("5.15.153.1-microsoft-standard-WSL2\n")
    assert in_wsl()
    assert hidden_by("172.20.1.1") == "WSL"
    monkeypatch.setattr(surroundings, "_OS_RELEASE", tmp_path / "nothing")
    assert not in_wsl()


@pytest.mark.parametrize("interface", ["tun0", "utun4", "wg0", "tailscale0", "ppp0", "cscotun0"])
def test_a_vpn_is_known_by_its_interface(interface, monkeypatch):
    """The interface that has the address says so."""
    monkeypatch.setattr(surroundings, "interface_of", lambda _: interface)
    assert hidden_by("10.8.0.6") == "VPN"


def test_a_mesh_vpn_is_known_by_its_addresses(monkeypatch):
    """The block of RFC 6598 is handed out behind a translation, on systems that do not name interfaces too."""
    monkeypatch.setattr(surroundings, "interface_of", lambda _: "")
    assert (hidden_by("100.101.7.9"), hidden_by("100.128.0.1")) == ("VPN", "")


def test_interfaces_by_address(tmp_path, monkeypatch):
    """IPv4 by the system, IPv6 by its table; nothing where neither says."""
    monkeypatch.setattr(platform, "interface_address", {"lo": "127.0.0.1"}.get)
    monkeypatch.setattr(surroundings.socket, "if_nameindex", lambda: [(1, "lo"), (2, "tun0")])
    assert (interface_of("127.0.0.1"), interface_of("10.9.9.9")) == ("lo", "")
    (tmp_path / "if_inet6").write_text("fd000000000000000000000000000001 03 40 00 80     wg0\n")
    monkeypatch.setattr(surroundings, "_IPV6_ADDRESSES", tmp_path / "if_inet6")
    assert (interface_of("fd00::1"), interface_of("fd00::2")) == ("wg0", "")
    monkeypatch.setattr(surroundings, "_IPV6_ADDRESSES", tmp_path / "nothing")
    assert interface_of("fd00::1") == ""


def test_addresses_of_interfaces(monkeypatch):
    """The system is asked where it can be; elsewhere, and for what is none, there is no answer."""
    assert platform.interface_address("lo") in ("127.0.0.1", None)
    assert platform.interface_address("no such one") is None
    monkeypatch.setattr(platform.sys, "platform", "win32")
    assert platform.interface_address("lo") is None
