// Keeps the pages themselves usable without a network. It never stores answers of the API: what people filed
// while offline waits in IndexedDB (src/live/outbox.ts).
const SHELL = "yizhan-shell-v1"

self.addEventListener("install", (event) => {
  event.waitUntil(
    caches
      .open(SHELL)
      .then((cache) => cache.addAll(["/", "/seal.svg", "/manifest.webmanifest"]))
      .then(() => self.skipWaiting()),
  )
})

self.addEventListener("activate", (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(names.filter((name) => name !== SHELL).map((name) => caches.delete(name))))
      .then(() => self.clients.claim()),
  )
})

async function keep(request, response) {
  if (response.ok) await (await caches.open(SHELL)).put(request, response.clone())
  return response
}

// Another page than the kept one is another release: the parts that it does not name are let go.
async function renew(response) {
  if (!response.ok) return response
  const cache = await caches.open(SHELL)
  const before = await (await cache.match("/"))?.text()
  const now = await response.clone().text()
  await cache.put("/", response.clone())
  if (before === now) return response
  for (const kept of await cache.keys()) {
    const { pathname } = new URL(kept.url)
    if (pathname.startsWith("/assets/") && !now.includes(pathname)) await cache.delete(kept)
  }
  return response
}

async function page(request) {
  try {
    return await renew(await fetch(request))
  } catch (error) {
    const kept = await caches.match("/")
    if (kept) return kept
    throw error
  }
}

async function asset(request) {
  return (await caches.match(request)) ?? keep(request, await fetch(request))
}

self.addEventListener("fetch", (event) => {
  const { request } = event
  const url = new URL(request.url)
  if (request.method !== "GET" || url.origin !== self.location.origin) return
  if (/^\/(api|open311|hooks)\//.test(url.pathname)) return
  if (request.mode === "navigate") event.respondWith(page(request))
  else if (url.pathname.startsWith("/assets/") || url.pathname === "/seal.svg") event.respondWith(asset(request))
})
