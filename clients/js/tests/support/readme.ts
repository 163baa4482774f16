// The README's examples: each begins with a comment that names its file.

import { readFileSync } from "node:fs";
import { join } from "node:path";

export interface Example {
    name: string;
    text: string;
}

export function examplesOf(root: string): Example[] {
    const readme = readFileSync(join(root, "README.md"), "utf8");
    return [...readme.matchAll(/```tsx?\n\/\/ (\S+)\n([\s\S]*?)```/g)].map(([, name, text]) => ({
        name: name ?? "",
        text: text ?? "",
    }));
}
