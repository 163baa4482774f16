// A view that a server has read, on its way to the browser: plain JSON.

export interface Seed<T = unknown> {
    /** The URL as hooks name it. */
    url: string;
    data: T;
    etag?: string | undefined;
}
