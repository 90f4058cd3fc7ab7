"""The pods of deploy/k8s/rendered.yaml as containers of this machine's engine: exactly their user, root, capabilities,
memory, environment and mounts. What an overlay brings (Secrets, an address to publish) is told as Compose is told.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import yaml

from drills.containers.compose_suite import COMPOSE, ComposeSuite
from tools.manifests import RENDERED

OBJECTS: Final = [one for one in yaml.safe_load_all(RENDERED.read_text()) if one]
DEPLOYMENTS: Final = {one["metadata"]["name"]: one for one in OBJECTS if one["kind"] == "Deployment"}
[SHARED] = [one["data"] for one in OBJECTS if one["kind"] == "ConfigMap"]
UNITS: Final = {"Mi": "m", "Gi": "g"}
"""Kubernetes' units of memory, and the engine's."""
AS_RESTRICTED: Final = {
    "allowPrivilegeEscalation": False,
    "readOnlyRootFilesystem": True,
    "capabilities": {"drop": ["ALL"]},
}
"""What every container says of itself, and the options below do."""


@dataclass(frozen=True, slots=True)
class Pod:
    """The one container of a Deployment's pods, on the network of a suite of Compose."""

    suite: ComposeSuite
    process: str

    @property
    def name(self) -> str:
        """What the engine calls it."""
        return f"{self.suite.project}-pod-{self.process}"

    def start(self, *also: str) -> None:
        """Starts it. `also`: what a Service or an Ingress does for it, as options of `docker run`."""
        options = [*self._security(), *self._environment(), *self._mounts(), *also]
        network = [f"--network={self.suite.project}_default", f"--network-alias={self.process}"]
        run = ["run", "--detach", "--name", self.name, *network, *options, self._container["image"]]
        self.suite.engine.docker(*run, *self._container["args"])

    def is_ready(self) -> bool:
        """What its readiness probe finds."""
        probe = self._container["readinessProbe"]["httpGet"]
        [port] = [one["containerPort"] for one in self._container["ports"] if one["name"] == probe["port"]]
        asked = f"import urllib.request as r; r.urlopen('http://127.0.0.1:{port}{probe['path']}')"
        return self.suite.engine.succeeds("exec", self.name, "python", "-c", asked)

    def stop(self) -> int:
        """Ends it within its period of grace; its exit status."""
        engine, grace = self.suite.engine, self._pod["terminationGracePeriodSeconds"]
        engine.docker("stop", f"--time={grace}", self.name)
        return int(engine.docker("inspect", "--format", "{{.State.ExitCode}}", self.name))

    def said(self) -> str:
        """The end of its log."""
        return self.suite.engine.docker("logs", "--tail", "30", self.name)

    def remove(self) -> None:
        """Forgets it, running or not."""
        self.suite.engine.succeeds("rm", "--force", self.name)

    @property
    def _pod(self) -> Mapping[str, Any]:
        return dict(DEPLOYMENTS[self.process]["spec"]["template"]["spec"])

    @property
    def _container(self) -> Mapping[str, Any]:
        [only] = self._pod["containers"]
        return dict(only)

    def _security(self) -> Sequence[str]:
        pod, own = self._pod["securityContext"], self._container["securityContext"]
        assert own == AS_RESTRICTED
        memory = self._container["resources"]["limits"]["memory"]
        return [
            f"--user={pod['runAsUser']}:{pod['runAsGroup']}",
            f"--group-add={pod['fsGroup']}",
            f"--memory={memory[:-2]}{UNITS[memory[-2:]]}",
            "--read-only",
            "--cap-drop=ALL",
            "--security-opt=no-new-privileges",
        ]

    def _environment(self) -> Sequence[str]:
        """What the ConfigMap and the manifest say, and what an overlay's Secrets say, here as to Compose."""
        own = {one["name"]: one["value"] for one in self._container["env"]}
        told = {**SHARED, **self.suite.environment(self.process), **own}
        return [f"--env={name}={value}" for name, value in told.items()]

    def _mounts(self) -> Sequence[str]:
        """The manifest's: the keys, and scratch space in memory; and blobs, which an overlay brings."""
        sizes = {one["name"]: one["emptyDir"]["sizeLimit"] for one in self._pod["volumes"] if "emptyDir" in one}
        mounts = {one["name"]: one for one in self._container["volumeMounts"]}
        scratch = [
            f"--tmpfs={mounts[name]['mountPath']}:size={size[:-2]}{UNITS[size[-2:]]}" for name, size in sizes.items()
        ]
        named = COMPOSE["services"][self.process].get("volumes", ())
        return [*scratch, *(f"--volume={self.suite.project}_{volume}" for volume in named)]
