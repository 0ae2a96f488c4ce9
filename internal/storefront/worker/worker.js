// The shop's service worker: what was seen is there without a network. Before it stands `const shop = {root, version, files}`.
//
// Kept are the files of this version, the page that stands in for what is not there, and pages that the server marks with
// Ordo-Keep: the grid and products. Carts, checkouts and orders never are. Copies are asked for without cookies, so that
// they are of nobody. A new version is another script: it replaces this one and throws away what this one kept.
"use strict";

const family = "ordo-shop " + shop.root + " ";
const files = family + shop.version;
const pages = files + " pages";
const offline = shop.root + "/offline";
const patience = 3000; // milliseconds that a page may take while there is a kept one
const fresh = 60 * 1000; // a copy that is younger is good enough
const stale = 30 * 24 * 3600 * 1000;
const most = 60; // pages
const longest = 300 * 1000; // characters of one

addEventListener("install", (e) => e.waitUntil((async () => {
  const cache = await caches.open(files);
  await Promise.all([offline, ...shop.files].map(async (url) => {
    const answer = await fetch(url, { credentials: "omit", cache: "no-cache" });
    if (!answer.ok) throw new Error(url + ": " + answer.status);
    await cache.put(url, answer);
  }));
  await skipWaiting();
})()));

addEventListener("activate", (e) => e.waitUntil((async () => {
  for (const name of await caches.keys()) if (name.startsWith(family) && name !== files && name !== pages) await caches.delete(name);
  await clients.claim();
})()));

// A page that was there before this worker was says so: it has been seen, too.
addEventListener("message", (e) => { if (e.data?.seen) e.waitUntil(keep(e.data.seen)); });

addEventListener("fetch", (e) => {
  const url = new URL(e.request.url);
  if (e.request.method !== "GET" || url.origin !== location.origin) return;
  if (url.pathname.startsWith(shop.root + "/assets/")) e.respondWith(file(e.request));
  else if (e.request.mode === "navigate" && (url.pathname === shop.root || url.pathname.startsWith(shop.root + "/"))) e.respondWith(page(e));
});

// Addresses of files change with their content.
async function file(request) {
  return await (await caches.open(files)).match(request.url) ?? fetch(request);
}

const plain = (url) => { const u = new URL(url, location.origin); u.hash = ""; return u.href; };

// page asks the network first. Where that fails, or takes too long, what was seen is shown, marked as such.
async function page(e) {
  const url = plain(e.request.url);
  const live = fetch(e.request).then((answer) => {
    if (answer.headers.has("Ordo-Keep")) e.waitUntil(keep(url));
    return answer;
  });
  e.waitUntil(live.catch(() => {}));
  const kept = await find(url);
  try {
    return kept ? await Promise.race([live, new Promise((_, late) => setTimeout(late, patience, "slow"))]) : await live;
  } catch (why) {
    if (kept) return marked(kept, why === "slow" ? "slow" : "offline");
    const stand = await (await caches.open(files)).match(offline);
    if (!stand) throw why;
    return new Response(await stand.text(), { status: 503, headers: stand.headers });
  }
}

async function find(url) {
  const cache = await caches.open(pages);
  const kept = await cache.match(url);
  if (kept && Date.now() - Date.parse(kept.headers.get("Ordo-Kept")) > stale) { await cache.delete(url); return undefined; }
  return kept;
}

// marked tells the page's script what it is.
async function marked(kept, why) {
  const text = (await kept.text()).replace("<html ", `<html data-kept="${kept.headers.get("Ordo-Kept")}" data-why="${why}" `);
  return new Response(text, { headers: kept.headers });
}

async function keep(url) {
  url = plain(url);
  const cache = await caches.open(pages);
  const old = await cache.match(url);
  if (old && Date.now() - Date.parse(old.headers.get("Ordo-Kept")) < fresh) return;
  const answer = await fetch(url, { credentials: "omit", redirect: "error" });
  if (!answer.ok || !answer.headers.has("Ordo-Keep")) { await cache.delete(url); return; }
  const text = await answer.text();
  if (text.length > longest) return;
  const headers = new Headers(answer.headers);
  headers.set("Ordo-Kept", new Date().toISOString());
  headers.set("Ordo-Title", encodeURIComponent(/<h1>([^<]*)/.exec(text)?.[1] ?? ""));
  headers.delete("Content-Length"); headers.delete("Content-Encoding");
  await cache.delete(url); // the newest stands last
  await cache.put(url, new Response(text, { headers }));
  const all = await cache.keys();
  for (const gone of all.slice(0, Math.max(0, all.length - most))) await cache.delete(gone);
}
