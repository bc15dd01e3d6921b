import { onScopeDispose } from "vue"

/** Does something every so many seconds while the page is in view, and no longer than its component lives. */
export function usePolling(seconds: number, work: () => unknown): void {
  const tick = setInterval(() => {
    if (document.visibilityState === "visible") work()
  }, seconds * 1000)
  onScopeDispose(() => {
    clearInterval(tick)
  })
}
