// What a frontend team would build: a Node backend-for-frontend. fetch over kept connections, If-None-Match for each
// document, screens kept in memory: fresh for FRESH seconds, then served stale while one refresh runs.
// Environment: PORT, UPSTREAM (http://host:port), FRESH, STALE (seconds).
import http from "node:http";

const { PORT, UPSTREAM, FRESH, STALE } = process.env;
const documents = new Map(); // by URL and credentials: {etag, document}
const screens = new Map(); // by URL and credentials: {body, made}
const running = new Map(); // by URL and credentials: the one refresh under way

async function get(path, authorization) {
  const key = `${authorization} ${path}`;
  const known = documents.get(key);
  const headers = { authorization, ...(known && { "if-none-match": known.etag }) };
  const answer = await fetch(UPSTREAM + path, { headers });
  if (answer.status === 304) return known.document;
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  const document = await answer.json();
  const etag = answer.headers.get("etag");
  if (etag) documents.set(key, { etag, document });
  return document;
}

async function lineage(depth, id, files, authorization) {
  const links = {};
  for (let level = 1; level <= depth; level++) {
    const artifact = await get(`/api/artifacts/${id}/?files=${files}`, authorization);
    links[`a${level}`] = { id: artifact.id, name: artifact.name, files: artifact.files };
    id = artifact.derived_from;
  }
  return JSON.stringify(links);
}

function refresh(key, depth, id, files, authorization) {
  const already = running.get(key);
  if (already) return already;
  const made = lineage(depth, id, files, authorization)
    .then((body) => {
      screens.set(key, { body, made: Date.now() });
      return body;
    })
    .finally(() => running.delete(key));
  running.set(key, made);
  return made;
}

async function answer(request, response) {
  const found = /^\/views\/lineage\/(\d+)\/(\d+)\?files=(\d+)$/.exec(request.url);
  if (!found) return response.writeHead(404).end();
  const authorization = request.headers.authorization ?? "";
  const key = `${authorization} ${request.url}`;
  const kept = screens.get(key);
  const age = kept ? (Date.now() - kept.made) / 1000 : Infinity;
  const insists = (request.headers["cache-control"] ?? "").includes("no-cache");
  const make = () => refresh(key, Number(found[1]), found[2], found[3], authorization);
  let body;
  if (!insists && age < Number(FRESH)) {
    body = kept.body;
  } else if (!insists && age < Number(FRESH) + Number(STALE)) {
    body = kept.body;
    make().catch(() => {});
  } else {
    try {
      body = await make();
    } catch (failure) {
      return response.writeHead(502).end(String(failure));
    }
  }
  response.writeHead(200, { "content-type": "application/json", "content-length": Buffer.byteLength(body) });
  response.end(body);
}

const server = http.createServer(answer);
server.keepAliveTimeout = 75_000;
server.listen(Number(PORT), "127.0.0.1", () => console.log(`listening on ${server.address().port}`));
