"""Structured Fields (RFC 9651), as much as Cache-Status and Server-Timing need: lists of items with parameters."""

import re

_TOKEN = re.compile(r"[A-Za-z*][A-Za-z0-9!#$%&'*+.^_`|~:/-]*")
_STRING = re.compile(r'"((?:[\x20-\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"')
_DECIMAL = re.compile(r"-?[0-9]{1,12}\.[0-9]{1,3}")
_INTEGER = re.compile(r"-?[0-9]{1,15}")
_KEY = re.compile(r"[a-z*][a-z0-9_.*-]*")


class NotStructured(AssertionError):
    pass


class _Parser:
    def __init__(self, text):
        self._text = text
        self._at = 0

    def _fail(self):
        raise NotStructured(f"at {self._at} of {self._text!r}")

    def _match(self, pattern):
        found = pattern.match(self._text, self._at)
        if found:
            self._at = found.end()
        return found

    def _take(self, letter):
        if self._text.startswith(letter, self._at):
            self._at += 1
            return True
        return False

    def _spaces(self):
        while self._take(" ") or self._take("\t"):
            pass

    def _bare_item(self):
        if found := self._match(_STRING):
            return re.sub(r"\\(.)", r"\1", found[1])
        if found := self._match(_DECIMAL):
            return float(found[0])
        if found := self._match(_INTEGER):
            return int(found[0])
        if self._take("?"):
            return self._take("1") or (False if self._take("0") else self._fail())
        if found := self._match(_TOKEN):
            return found[0]
        return self._fail()

    def _parameters(self):
        parameters = {}
        while self._take(";"):
            while self._take(" "):
                pass
            key = self._match(_KEY) or self._fail()
            parameters[key[0]] = self._bare_item() if self._take("=") else True
        return parameters

    def list(self):
        members = []
        self._spaces()
        while self._at < len(self._text):
            members.append((self._bare_item(), self._parameters()))
            self._spaces()
            if self._at == len(self._text):
                break
            if not self._take(","):
                self._fail()
            self._spaces()
            if self._at == len(self._text):
                self._fail()
        return members


def parse_list(text):
    """[(item, {parameter: value})]; a text that is not a list of items fails the test."""
    return _Parser(text).list()
