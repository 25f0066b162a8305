"""Pod Security Standards, level "restricted", field by field as the standard lists them.

https://kubernetes.io/docs/concepts/security/pod-security-standards/ (v1.35). The cluster itself
judges with k8s.io/pod-security-admission in `./souk test k8s`; this finds the same without one.
"""

from collections.abc import Iterator, Mapping
from typing import Any

Spec = Mapping[str, Any]

VOLUMES = frozenset(
    {
        *("configMap", "csi", "downwardAPI", "emptyDir", "ephemeral"),
        *("persistentVolumeClaim", "projected", "secret"),
    }
)
SECCOMP = frozenset({"RuntimeDefault", "Localhost"})
SYSCTLS = frozenset(
    {
        *("kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range"),
        *("net.ipv4.ip_unprivileged_port_start", "net.ipv4.tcp_syncookies"),
        *("net.ipv4.ping_group_range", "net.ipv4.ip_local_reserved_ports"),
        *("net.ipv4.tcp_keepalive_time", "net.ipv4.tcp_fin_timeout"),
        *("net.ipv4.tcp_keepalive_intvl", "net.ipv4.tcp_keepalive_probes"),
    }
)
SELINUX = frozenset(
    {"", "container_t", "container_init_t", "container_kvm_t", "container_engine_t"}
)
APPARMOR = frozenset({"RuntimeDefault", "Localhost"})


def violations(spec: Spec) -> list[str]:
    """What "restricted" refuses of a pod, as sentences; none for one that it admits."""
    return [*_of_the_pod(spec), *_of_volumes(spec), *_of_containers(spec)]


def _of_the_pod(spec: Spec) -> Iterator[str]:
    for field in ("hostNetwork", "hostPID", "hostIPC"):
        if spec.get(field):
            yield f"{field} is true"
    context = spec.get("securityContext", {})
    for sysctl in context.get("sysctls", ()):
        if sysctl["name"] not in SYSCTLS:
            yield f"sysctl {sysctl['name']} is not one of the safe ones"
    yield from _context("the pod", context)


def _of_volumes(spec: Spec) -> Iterator[str]:
    for volume in spec.get("volumes", ()):
        if kinds := volume.keys() - {"name"} - VOLUMES:
            yield f"volume {volume['name']} is a {kinds.pop()}"


def _of_containers(spec: Spec) -> Iterator[str]:
    pod = spec.get("securityContext", {})
    lists = ("initContainers", "containers", "ephemeralContainers")
    for container in (one for name in lists for one in spec.get(name, ())):
        who, context = f"container {container['name']}", container.get("securityContext", {})
        yield from _context(who, context)
        yield from _rights(who, context)
        if not context.get("runAsNonRoot", pod.get("runAsNonRoot")):
            yield f"{who} may run as root"
        seccomp = context.get("seccompProfile", pod.get("seccompProfile", {}))
        if seccomp.get("type") not in SECCOMP:
            yield f"{who} has no seccomp profile"
        if any(port.get("hostPort") for port in container.get("ports", ())):
            yield f"{who} takes a port of the node"
        yield from _handlers(who, container)


def _rights(who: str, context: Spec) -> Iterator[str]:
    if context.get("privileged"):
        yield f"{who} is privileged"
    if context.get("allowPrivilegeEscalation") is not False:
        yield f"{who} may gain rights"
    capabilities = context.get("capabilities", {})
    if "ALL" not in capabilities.get("drop", ()):
        yield f"{who} keeps capabilities"
    if more := set(capabilities.get("add", ())) - {"NET_BIND_SERVICE"}:
        yield f"{who} adds {', '.join(sorted(more))}"


def _context(who: str, context: Spec) -> Iterator[str]:
    """What is refused of a security context wherever it stands."""
    if context.get("runAsUser") == 0:
        yield f"{who} runs as root"
    if context.get("runAsNonRoot") is False:
        yield f"{who} says that it may run as root"
    if context.get("procMount", "Default") != "Default":
        yield f"{who} sees more of /proc"
    if context.get("windowsOptions", {}).get("hostProcess"):
        yield f"{who} is a process of its host"
    if context.get("seccompProfile", {}).get("type", "RuntimeDefault") not in SECCOMP:
        yield f"{who} is without seccomp"
    if context.get("appArmorProfile", {}).get("type", "RuntimeDefault") not in APPARMOR:
        yield f"{who} is without AppArmor"
    selinux = context.get("seLinuxOptions", {})
    if selinux.get("type", "") not in SELINUX or selinux.get("user") or selinux.get("role"):
        yield f"{who} chooses its SELinux label"


def _handlers(who: str, container: Spec) -> Iterator[str]:
    """A probe or hook of another host than the pod: refused since v1.34."""
    lifecycle = container.get("lifecycle", {})
    names = ("startupProbe", "readinessProbe", "livenessProbe")
    handlers = [container.get(name, {}) for name in names] + list(lifecycle.values())
    for handler in handlers:
        if any(handler.get(kind, {}).get("host") for kind in ("httpGet", "tcpSocket")):
            yield f"{who} probes another host"
