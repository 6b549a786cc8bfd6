"""Under which addresses the class can reach this computer, now."""

import ipaddress
import re
import socket
from typing import Final

import psutil

# Networks inside this computer (containers, virtual machines, tunnels): no learner's device is there.
_VIRTUAL: Final = re.compile(
    r"(?i)docker|br-|veth|virbr|vmnet|vboxnet|lxc|lxd|podman|cni|flannel|zt|tailscale|tun|tap|wg|utun|bridge|"
    r"vethernet|virtualbox|vmware|hyper-v|wsl|loopback"
)
_WIRELESS: Final = re.compile(r"(?i)wl|wi-?fi|wlan|en0")


def class_addresses() -> list[str]:
    """Return the IPv4 addresses of this computer in private networks, the likeliest first. Cheap: polled."""
    up = {name for name, stats in psutil.net_if_stats().items() if stats.isup}
    to_router = _towards_the_router()
    found: dict[str, tuple[int, ...]] = {}
    for name, entries in psutil.net_if_addrs().items():
        for entry in entries:
            if entry.family is not socket.AF_INET or name not in up:
                continue
            address = ipaddress.ip_address(entry.address)
            if not address.is_private or address.is_loopback or address.is_unspecified:
                continue
            found[entry.address] = (
                bool(_VIRTUAL.match(name)),
                address.is_link_local,
                entry.address != to_router,
                not _WIRELESS.match(name),
                int(address),
            )
    return sorted(found, key=found.__getitem__)


def _towards_the_router() -> str:
    """The address that this computer would use to leave its own network; nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("10.254.254.254", 9))
        except OSError:
            return ""
        return str(probe.getsockname()[0])


def host_names(addresses: list[str], port: int) -> frozenset[str]:
    """Return what a browser's Host header may say for these addresses."""
    names = {f"{address}:{port}" for address in addresses}
    return frozenset(names | set(addresses) if port == 80 else names)
