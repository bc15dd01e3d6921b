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

async function page(request) {
  try {
    return await keep("/", await fetch(request))
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
  else if (url.pathname.startsWith("/assets/")) event.respondWith(asset(request))
})
