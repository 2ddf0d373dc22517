"""The README's ten minutes, as they stand there: from `monitor init` to a rule of one's own that alerted."""

import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
SECTION = "## Ten minutes without internet"
MONITOR = (sys.executable, "-m", "monitor")
TEN_MINUTES = 600


def steps() -> list[tuple[str, str]]:
    """Return the section's steps in order: ("sh", command) and ("toml", lines)."""
    section = (ROOT / "README.md").read_text("utf-8").partition(SECTION)[2].partition("\n## ")[0]
    found = []
    for language, block in re.findall(r"```(\w+)\n(.*?)```", section, re.DOTALL):
        if language == "toml":
            found.append((language, block))
        else:
            found += [("sh", line) for line in block.splitlines() if line.startswith("monitor ")]
    return found


@contextmanager
def running(arguments: list[str], folder: Path, out: Path) -> Iterator[None]:
    """Run a command that does not end by itself, and interrupt it at the end."""
    with out.open("w") as file, subprocess.Popen(
        [*MONITOR, *arguments], cwd=folder, stdout=file, stderr=subprocess.DEVNULL, preexec_fn=_heeds_ctrl_c
    ) as process:  # fmt: skip
        try:
            yield
            process.send_signal(signal.SIGINT)
            assert process.wait(30) == 0
        finally:
            process.kill()


def _heeds_ctrl_c() -> None:
    """Undo what a shell does to what it runs in the background, these tests perhaps: SIGINT is ignored."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def wait_for(text: str, path: Path) -> None:
    until = time.monotonic() + 180
    while text not in path.read_text("utf-8"):
        assert time.monotonic() < until, path.read_text("utf-8")[-2000:]
        time.sleep(0.2)


def test_the_readme_leads_to_an_alert_of_ones_own_rule(tmp_path: Path) -> None:
    begun = time.monotonic()
    said: dict[str, str] = {}
    with running(["demo", "--stay"], tmp_path, tmp_path / "newsroom"):
        wait_for("outlets are open", tmp_path / "newsroom")
        for language, text in steps():
            if language == "toml":
                with (tmp_path / "config.toml").open("a") as file:
                    file.write("\n" + text)
                continue
            arguments = shlex.split(text, comments=True)[1:]
            if arguments[0] == "demo":
                continue
            if arguments[0] == "run":
                with running(arguments, tmp_path, tmp_path / "alerts"):
                    wait_for("[Sanctions on Kyrgyz banks] HIGH: ", tmp_path / "alerts")
                continue
            done = subprocess.run(
                [*MONITOR, *arguments], cwd=tmp_path, capture_output=True, text=True, timeout=120
            )
            assert done.returncode == 0, (arguments, done.stderr)
            said[shlex.join(arguments)] = done.stdout
    assert "== [" in said["ingest"], "the first alerts are printed"
    tried = [out for command, out in said.items() if command.startswith("backtest")]
    assert len(tried) == 2 and not any(" 0 alerts" in out for out in tried)
    assert "Sanctions on Kyrgyz banks" in said["hits"]
    assert time.monotonic() - begun < TEN_MINUTES
