import { onScopeDispose, ref, watch } from "vue"
import { corrected, serverNow } from "@/live/campus"

/** The service's time, moving on every `seconds`, and at once when it was found to be another. */
export function useNow(seconds = 30) {
  const now = ref(new Date(serverNow()))
  const look = () => {
    now.value = new Date(serverNow())
  }
  const tick = setInterval(look, seconds * 1000)
  document.addEventListener("visibilitychange", look)
  watch(corrected, look)
  onScopeDispose(() => {
    clearInterval(tick)
    document.removeEventListener("visibilitychange", look)
  })
  return now
}
