"""A stand-in for the Hugging Face hub on the loopback interface: one pipeline folder under several repository names."""

import hashlib
import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

COMMIT = "0123456789abcdef0123456789abcdef01234567"
TOKEN = "hf_this_token_may_see_it"


class FakeHub:
    """Serves `folder` as course/open; as course/gated to those with TOKEN; course/broken fails; nothing else exists."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.requests: list[str] = []
        hub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                hub.requests.append(f"{self.command} {self.path}")
                status, headers, body = hub.answer(self.path.split("?")[0], self.headers.get("Authorization", ""))
                self.send_response(status)
                for key, value in {**headers, "Content-Length": str(len(body))}.items():
                    self.send_header(key, value)
                self.end_headers()
                if self.command == "GET":
                    self.wfile.write(body)

            do_HEAD = do_GET

            def log_message(self, *arguments):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def __enter__(self) -> "FakeHub":
        Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *exception) -> None:
        self.server.shutdown()
        self.server.server_close()

    def answer(self, path: str, authorization: str) -> tuple[int, dict[str, str], bytes]:
        parts = path.strip("/").split("/")
        is_api = parts[:2] == ["api", "models"]
        repo, rest = ("/".join(parts[2:4]), parts[4:]) if is_api else ("/".join(parts[:2]), parts[2:])
        if repo == "course/broken":
            return 503, {}, b"down for maintenance"
        if repo not in ("course/open", "course/gated"):
            return 404 if TOKEN in authorization else 401, {"X-Error-Code": "RepoNotFound"}, b"Repository not found"
        if is_api:
            return 200, {"Content-Type": "application/json"}, json.dumps(self._about(repo, rest)).encode()
        if repo == "course/gated" and TOKEN not in authorization:
            return 401, {"X-Error-Code": "GatedRepo"}, b"Access to this model is restricted."
        file = self.folder / "/".join(rest[2:])
        if not file.is_file():
            return 404, {"X-Error-Code": "EntryNotFound"}, b"Entry not found"
        body = file.read_bytes()
        return 200, {"ETag": f'"{hashlib.sha256(body).hexdigest()}"', "X-Repo-Commit": COMMIT}, body

    def _about(self, repo: str, rest: list[str]):
        files = sorted(p for p in self.folder.rglob("*") if p.is_file())
        names = [p.relative_to(self.folder).as_posix() for p in files]
        if rest[:1] == ["tree"]:
            return [
                {"type": "file", "path": name, "size": p.stat().st_size, "oid": hashlib.sha1(name.encode()).hexdigest()}
                for name, p in zip(names, files)
            ]
        return {"id": repo, "modelId": repo, "sha": COMMIT, "siblings": [{"rfilename": name} for name in names]}
