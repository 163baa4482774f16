import { Client } from "nearside";
import { NearsideProvider } from "nearside/swr";
import { useEffect, useState } from "react";
import { SWRConfig } from "swr";
import { Columns } from "./columns";
import type { Configuration } from "./configuration";
import { isComplete, type Screen, type Selection } from "./data";
import { useFarScreen } from "./far-screen";
import { Header, type Way } from "./header";
import { useNearScreen } from "./near-screen";
import { recorder } from "./recorder";
import { Waterfall } from "./waterfall";

interface ScreenProps {
    token: string;
    selection: Selection;
    select: (selection: Selection) => void;
    arrived: (milliseconds: number) => void;
}

const first: Selection = { person: 1, project: undefined };

function clientOf({ nearside, token }: Configuration): Client {
    return new Client({ origin: nearside, headers: { authorization: token } });
}

export function App({ configuration }: { configuration: Configuration }) {
    const [way, setWay] = useState<Way>(new URLSearchParams(location.search).has("far") ? "far" : "near");
    const [starts, setStarts] = useState(0);
    const [selection, setSelection] = useState(first);
    const [times, setTimes] = useState<Partial<{ [way in Way]: number }>>({});
    const [client, setClient] = useState(() => clientOf(configuration));
    const props: ScreenProps = {
        token: configuration.token,
        selection,
        select: (chosen) => {
            recorder.choose();
            setSelection(chosen);
        },
        arrived: (milliseconds) => setTimes((known) => ({ ...known, [way]: milliseconds })),
    };
    const take = (chosen: Way) => {
        recorder.choose();
        // Each way starts with nothing in the page: what is fast is not the page's memory.
        client.close();
        setClient(clientOf(configuration));
        setStarts(starts + 1);
        setWay(chosen);
    };
    return (
        <>
            <Header way={way} take={take} times={times} rtt={configuration.rtt} client={client} />
            <Waterfall rtt={configuration.rtt} />
            <SWRConfig key={starts} value={{ provider: () => new Map() }}>
                <NearsideProvider client={client}>
                    {way === "near" ? <NearScreen {...props} /> : <FarScreen {...props} />}
                </NearsideProvider>
            </SWRConfig>
        </>
    );
}

function NearScreen(props: ScreenProps) {
    return <Shown {...props} screen={useNearScreen(props.selection)} />;
}

function FarScreen(props: ScreenProps) {
    return <Shown {...props} screen={useFarScreen(props.selection, props.token)} />;
}

function Shown({ screen, selection, select, arrived }: ScreenProps & { screen: Screen }) {
    const complete = isComplete(screen);
    useEffect(() => {
        if (complete) recorder.complete(arrived);
        // Once for each choice; `arrived` is another function each time.
    }, [complete, selection]);
    return <Columns screen={screen} selection={selection} select={select} />;
}
