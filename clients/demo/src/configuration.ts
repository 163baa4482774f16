/** What `./dev demo` tells the page of. */
export interface Configuration {
    /** Where nearside is. */
    nearside: string;
    /** Milliseconds to the Netherlands and back. */
    rtt: number;
    /** Who looks at the screen. */
    token: string;
}

export async function readConfiguration(): Promise<Configuration> {
    const answer = await fetch("/configuration.json");
    if (!answer.ok) throw new Error(`/configuration.json: ${answer.status}`);
    return (await answer.json()) as Configuration;
}
