"""A private Jupyter server: own configuration, own port, own process group, gone when the block ends."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as reply:
            return bool(reply.status == 200)
    except (urllib.error.URLError, OSError):
        return False


@contextmanager
def process_group(
    command: list[str], *, cwd: Path, env: Mapping[str, str], log: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a command in a session of its own; end that session, kernels included, whatever happens."""
    with log.open("wb") as sink:
        process = subprocess.Popen(
            command, cwd=cwd, env=dict(env), stdout=sink, stderr=subprocess.STDOUT, start_new_session=True
        )
    try:
        yield process
    finally:
        for number in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(process.pid, number)
                process.wait(timeout=5)
            except (ProcessLookupError, subprocess.TimeoutExpired):
                continue


def wait_until_answers(url: str, process: subprocess.Popen[bytes], log: Path, *, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not answers(url):
        if process.poll() is not None or time.monotonic() > end:
            raise RuntimeError(f"no server at {url}:\n{log.read_text(errors='replace')[-3000:]}")
        time.sleep(0.1)


@dataclass(frozen=True)
class JupyterServer:
    """What a test needs to know of a running server."""

    url: str
    root: Path
    runtime: Path

    def get(self, path: str) -> Any:
        with urllib.request.urlopen(f"{self.url}/api/{path}", timeout=10) as reply:
            return json.loads(reply.read())

    def kernel_of(self, notebook: str) -> str:
        """Return the id of the kernel that runs a notebook."""
        for session in self.get("sessions"):
            if session["path"] == notebook:
                return str(session["kernel"]["id"])
        raise LookupError(f"no session runs {notebook}")

    def connection_file(self, kernel_id: str) -> Path:
        return self.runtime / f"kernel-{kernel_id}.json"

    def close_sessions(self, notebook: str) -> None:
        for session in self.get("sessions"):
            if session["path"] == notebook:
                request = urllib.request.Request(f"{self.url}/api/sessions/{session['id']}", method="DELETE")
                urllib.request.urlopen(request, timeout=30).close()


@contextmanager
def jupyter_server() -> Iterator[JupyterServer]:
    """Start JupyterLab (Notebook 7 answers on the same server, under /notebooks)."""
    home = Path(tempfile.mkdtemp(prefix="iw-jupyter-"))
    root = home / "root"
    root.mkdir()
    places = {
        "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_DATA_DIR": "data",
        "JUPYTER_RUNTIME_DIR": "runtime",
        "IPYTHONDIR": "ipython",
    }
    env = dict(os.environ)
    for name, folder in places.items():
        (home / folder).mkdir()
        env[name] = str(home / folder)
    # No question about news in the middle of a picture.
    quiet = home / "config" / "lab" / "user-settings" / "@jupyterlab" / "apputils-extension"
    quiet.mkdir(parents=True)
    (quiet / "notification.jupyterlab-settings").write_text(
        '{"fetchNews": "false", "checkForUpdates": false}'
    )
    bin_dir = str(Path(sys.executable).parent)
    env["PATH"] = os.pathsep.join([bin_dir, env.get("PATH", "")])
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    log = home / "server.log"
    command = [
        *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"),
        "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.port={port}",
        "--ServerApp.port_retries=0",
        f"--ServerApp.root_dir={root}",
        "--IdentityProvider.token=",
        "--ServerApp.password=",
        "--ServerApp.disable_check_xsrf=True",
        "--LabApp.expose_app_in_browser=True",
        "--JupyterNotebookApp.expose_app_in_browser=True",
    ]
    try:
        with process_group(command, cwd=root, env=env, log=log) as process:
            wait_until_answers(f"{url}/api/status", process, log)
            yield JupyterServer(url=url, root=root, runtime=home / "runtime")
    finally:
        shutil.rmtree(home, ignore_errors=True)
