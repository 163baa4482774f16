// `node --import` of this: where the parent, who holds the other end of stdin, ends, however that happens, this process ends.

process.stdin.on("end", () => process.exit()).resume();
