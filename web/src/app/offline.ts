import { watch } from "vue"
import { flushOutbox } from "@/live/useOutbox"
import { router } from "./router"
import { me } from "./session"

const SHELL = "yizhan-shell-v1"

/** Stores every page of the phone, also those that were never open, so that all of them open without a network. */
async function precache(): Promise<void> {
  performance.setResourceTimingBufferSize(2000)
  const parts = router.getRoutes().filter(({ path }) => path === "/signin" || path === "/m" || path.startsWith("/m/"))
  await Promise.allSettled(
    parts
      .flatMap(({ components }) => Object.values(components ?? {}))
      .map(async (part) => {
        if (typeof part === "function") await (part as () => Promise<unknown>)()
      }),
  )
  const assets = performance
    .getEntriesByType("resource")
    .map((entry) => new URL(entry.name))
    .filter((url) => url.origin === location.origin && url.pathname.startsWith("/assets/"))
    .map((url) => url.pathname)
  const cache = await caches.open(SHELL)
  await Promise.allSettled([...new Set(assets)].map((path) => cache.add(path)))
  performance.mark("yizhan.stocked")
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
    .then(() => {
      setTimeout(() => {
        void precache().catch(() => undefined)
      }, 3000)
    })
    .catch(() => undefined)
}
