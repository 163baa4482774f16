// Types that openapi-typescript makes of /openapi.json plug in here.

/** What a view's document is, by the path that `/openapi.json` names it with. */
export type ViewData<Paths, Path extends keyof Paths> = Paths[Path] extends {
    get: { responses: { 200: { content: { "application/json": infer Data } } } };
}
    ? Data
    : never;

declare const data: unique symbol;

/** The URL of a view that remembers what its document is. */
export type ViewUrl<Data> = string & { readonly [data]?: Data };

/** What a URL remembers; `Otherwise` for a plain string. */
export type DataOf<Url, Otherwise = unknown> = Url extends { readonly [data]?: infer Data }
    ? unknown extends Data
        ? Otherwise
        : Exclude<Data, undefined>
    : Otherwise;

type Parameters<Paths, Path extends keyof Paths> = Paths[Path] extends { get: { parameters: infer Given } } ? Given : never;
type PathParameters<Given> = Given extends { path: infer Path extends object } ? Path : {};
type QueryParameters<Given> = Given extends { query?: infer Query } ? NonNullable<Query> : {};
type Value = string | number | boolean;

type Arguments<Given> =
    {} extends PathParameters<Given>
        ? [path?: { [Name in keyof PathParameters<Given>]: Value }, query?: QueryParameters<Given>]
        : [path: { [Name in keyof PathParameters<Given>]: Value }, query?: QueryParameters<Given>];

/**
 * `const view = viewsOf<paths>()`, then `view("/views/projects/{id}", {id: 7}, {page: 2})` is the URL, and hooks know its document.
 */
export function viewsOf<Paths>() {
    return <Path extends keyof Paths & string>(
        path: Path,
        ...given: Arguments<Parameters<Paths, Path>>
    ): ViewUrl<ViewData<Paths, Path>> => {
        const [inPath, inQuery] = given as [Record<string, Value>?, Record<string, Value | null>?];
        const filled = path.replace(/\{([^}]+)\}/g, (_, name: string) => encodeURIComponent(String(inPath?.[name])));
        const query = new URLSearchParams();
        for (const [name, value] of Object.entries(inQuery ?? {}))
            if (value !== undefined && value !== null) query.append(name, String(value));
        const text = query.toString();
        return (text === "" ? filled : `${filled}?${text}`) as ViewUrl<ViewData<Paths, Path>>;
    };
}
