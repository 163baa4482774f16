// The name by which tabs that may share a stream find each other: one server, one user. Users are told apart by what they
// send, of which only a digest leaves the tab.

export async function sharingName(
    digest: (text: string) => Promise<string>,
    server: string,
    user: string | (() => Promise<Headers>),
): Promise<string> {
    const told = typeof user === "string" ? `name:${user}` : `headers:${JSON.stringify([...(await user())])}`;
    return `nearside:${(await digest(`${server}\n${told}`)).slice(0, 32)}`;
}
