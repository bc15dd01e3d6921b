import { watch } from "vue"
import { flushOutbox } from "@/live/useOutbox"
import { me } from "./session"

const SHELL = "yizhan-shell-v1"

/** Stores what this page needs to open again without a network, the filing form included. */
async function stockUp(): Promise<void> {
  await Promise.all([
    import("./PhoneShell.vue"),
    import("@/features/requests/FileRequest.vue"),
    import("@/features/requests/MyRequests.vue"),
  ])
  const assets = performance
    .getEntriesByType("resource")
    .map((entry) => new URL(entry.name))
    .filter((url) => url.origin === location.origin && url.pathname.startsWith("/assets/"))
    .map((url) => url.pathname)
  const cache = await caches.open(SHELL)
  await Promise.allSettled([...new Set(assets)].map((path) => cache.add(path)))
}

/** Sends what waits whenever the network returns or somebody signs in, and keeps the pages for offline use. */
export function startOffline(): void {
  const flush = () => {
    if (me.value && navigator.onLine) void flushOutbox(me.value.id).catch(() => undefined)
  }
  window.addEventListener("online", flush)
  watch(me, flush, { immediate: true })
  if (!import.meta.env.PROD || !("serviceWorker" in navigator)) return
  void navigator.serviceWorker
    .register("/sw.js")
    .then(() => navigator.serviceWorker.ready)
    .then(() => { setTimeout(() => { void stockUp().catch(() => undefined) }, 3000) })
    .catch(() => undefined)
}
