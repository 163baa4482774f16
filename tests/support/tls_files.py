"""Certificates made by the `openssl` program when they are needed: a CA, and names that it vouches for."""

import subprocess


def _openssl(*arguments, text=None):
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True, input=text, timeout=60)


class Authority:
    """A CA of its own."""

    def __init__(self, folder, name="test authority"):
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.certificate = folder / "ca.crt"
        self._key = folder / "ca.key"
        _openssl(
            *("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"),
            *("-subj", f"/CN={name}", "-keyout", self._key, "-out", self.certificate),
            *("-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign,cRLSign"),
        )

    def issue(self, name="localhost", days=2):
        """(certificate file, key file) for a host name and 127.0.0.1."""
        certificate, key = self._folder / f"{name}.crt", self._folder / f"{name}.key"
        request, extensions = self._folder / f"{name}.csr", self._folder / f"{name}.ext"
        _openssl(
            *("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"),
            *("-subj", f"/CN={name}", "-keyout", key, "-out", request),
        )
        addresses = ",IP:127.0.0.1" if name == "localhost" else ""
        extensions.write_text(f"subjectAltName=DNS:{name}{addresses}\n")
        _openssl(
            *("x509", "-req", "-in", request, "-CA", self.certificate, "-CAkey", self._key, "-CAcreateserial"),
            *("-days", days, "-extfile", extensions, "-out", certificate),
        )
        return certificate, key
