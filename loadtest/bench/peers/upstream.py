"""An upstream of large answers that costs next to nothing: prepared once, the same bytes over and over, so that what is
measured is the node before it. Run as a process of its own:

    upstream.py     says on which port it listens, and serves until it is ended

    /jobs/MB        a JSON document of about so many MB, or of 1 kB: {"results": [...]}; cacheable for an hour
    /stored/MB      so many MB of bytes, for an hour as well
    /passed/MB      so many MB of bytes, no-store
    /asked          how many requests there were for anything else
"""

import asyncio
import json
import random
import socket

MB = 1_000_000
STORED = "max-age=3600"
PIECE = bytes(range(256)) * 256  # 64 KiB
# The kernel's buffers of a thousand stopped bodies are memory as well, of the machine.
SEND_BUFFER = 64 * 1024


def job(rng, number):
    return {"id": number, "name": f"train resnet run {number}", "status": rng.choice(("running", "finished")),
            "created_at": "2024-05-01T10:00:00Z", "owner": {"id": rng.randrange(1000), "email": "someone@example.nl"},
            "params": {"lr": rng.random(), "layers": [64, 64, 10], "optimizer": "adam"}, "progress": rng.random()}


def jobs_document(size):
    rng = random.Random(1)
    # A thousand different items are enough: nothing that reads them remembers them.
    items = [json.dumps(job(rng, number), separators=(",", ":")).encode() for number in range(1000)]
    batch = b",".join(items)
    lists = [batch] * (size // len(batch)) or [b",".join(items[:5])]
    return b'{"count":1,"results":[' + b",".join(lists) + b"]}"


class Upstream:
    def __init__(self):
        self._documents = {}
        self._asked = 0

    async def serve(self, reader, writer):
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                await self._answer(head.split(b" ", 2)[1].decode(), writer)
        except (asyncio.IncompleteReadError, OSError):
            pass
        finally:
            writer.close()

    async def _answer(self, target, writer):
        kind, _, amount = target.strip("/").partition("/")
        if kind == "asked":
            return await self._send(writer, "no-store", str(self._asked).encode(), 1)
        self._asked += 1
        size = int(amount.partition("?")[0].partition("/")[0] or 0) * MB
        if kind == "jobs":
            if size not in self._documents:
                self._documents[size] = jobs_document(size)
            return await self._send(writer, STORED, self._documents[size], 1, "application/json")
        policy = STORED if kind == "stored" else "no-store"
        return await self._send(writer, policy, PIECE, size // len(PIECE))

    @staticmethod
    async def _send(writer, policy, piece, times, content_type="application/octet-stream"):
        writer.write(f"HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\nCache-Control: {policy}\r\n"
                     f"Content-Length: {len(piece) * times}\r\n\r\n".encode())
        for _ in range(times):
            writer.write(piece)
            await writer.drain()
        await writer.drain()


async def main():
    server = await asyncio.start_server(Upstream().serve, "127.0.0.1", 0, backlog=4096)
    print(f"upstream on port {server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
